package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Rerank} makes.
 *
 * @param rows each row with the score of its pair; NaN where it has none, which only {@link
 *     dev.millrace.operators.OnBadRow#NULL} allows
 * @param deadLetters rows that could not be scored, with the reason
 */
public record ScoredStream<T>(
    DataStream<Tuple2<T, Float>> rows, DataStream<DeadLetter> deadLetters) {}
