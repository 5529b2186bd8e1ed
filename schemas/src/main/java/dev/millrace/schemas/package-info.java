/**
 * The records that come in and go out, as Avro, and how each is laid out as Arrow columns.
 *
 * <p>The record classes are generated from {@code src/main/avro}. {@link
 * dev.millrace.schemas.RecordLayout} turns them into Arrow columns and back, also where writer and
 * reader know different versions of a record. Nothing here knows of Flink or of a device.
 */
@NullMarked
package dev.millrace.schemas;

import org.jspecify.annotations.NullMarked;
