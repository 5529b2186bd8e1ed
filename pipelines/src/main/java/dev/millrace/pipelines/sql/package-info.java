/**
 * Flink SQL: models that run on accelerators, for {@code CREATE MODEL} and {@code ML_PREDICT}.
 *
 * <p>{@link dev.millrace.pipelines.sql.ModelOptions} declares what such a model can be given.
 */
@NullMarked
package dev.millrace.pipelines.sql;

import org.jspecify.annotations.NullMarked;
