/** {@code millrace sql}: runs scripts of Flink SQL. */
@NullMarked
package dev.millrace.jobs.sql;

import org.jspecify.annotations.NullMarked;
