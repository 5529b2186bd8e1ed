package dev.millrace.pipelines;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.schemas.DeadLetter;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Embed#batches} makes.
 *
 * @param batches each batch with the vectors of its rows; whoever reads one closes it
 * @param deadLetters rows that could not be embedded, with the reason
 */
public record EmbeddedBatches(DataStream<ArrowBatch> batches, DataStream<DeadLetter> deadLetters) {}
