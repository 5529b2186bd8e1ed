package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Tag} makes.
 *
 * @param rows each row with the spans in its text
 * @param deadLetters rows that could not be inferred, with the reason
 */
public record TaggedStream<T>(
    DataStream<Tuple2<T, Tagging>> rows, DataStream<DeadLetter> deadLetters) {}
