/**
 * Files to rows: CSV, JSON lines and Avro, and what becomes of a row that is not as it should be.
 * Messages of topics to rows: Avro and JSON. Files to batches: Arrow.
 */
@NullMarked
package dev.millrace.jobs.input;

import org.jspecify.annotations.NullMarked;
