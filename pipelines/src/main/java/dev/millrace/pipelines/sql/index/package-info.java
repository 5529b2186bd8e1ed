/**
 * Tables that are searched by nearness: {@code 'connector' = 'millrace-index'}, for {@code
 * VECTOR_SEARCH}.
 *
 * <p>{@link dev.millrace.pipelines.sql.index.IndexOptions} declares what such a table can be given.
 */
@NullMarked
package dev.millrace.pipelines.sql.index;

import org.jspecify.annotations.NullMarked;
