package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Generate} makes.
 *
 * @param rows each row with its answer
 * @param deadLetters rows that could not be answered, with the reason
 */
public record GeneratedStream<T>(
    DataStream<Tuple2<T, Generation>> rows, DataStream<DeadLetter> deadLetters) {}
