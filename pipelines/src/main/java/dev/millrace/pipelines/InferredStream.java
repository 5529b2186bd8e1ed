package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Infer} makes.
 *
 * @param rows what became of each row
 * @param deadLetters rows that could not be inferred, with the reason
 */
public record InferredStream<T>(DataStream<T> rows, DataStream<DeadLetter> deadLetters) {}
