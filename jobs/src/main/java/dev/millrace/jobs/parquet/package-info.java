/** Parquet files as columns, without Hadoop's configuration, file systems and codecs. */
@NullMarked
package dev.millrace.jobs.parquet;

import org.jspecify.annotations.NullMarked;
