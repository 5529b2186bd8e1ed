package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Embed} makes.
 *
 * @param rows each row with its vector; of length 0 where it has none, which only {@link
 *     dev.millrace.operators.OnBadRow#NULL} allows
 * @param deadLetters rows that could not be embedded, with the reason
 */
public record EmbeddedStream<T>(
    DataStream<Tuple2<T, float[]>> rows, DataStream<DeadLetter> deadLetters) {}
