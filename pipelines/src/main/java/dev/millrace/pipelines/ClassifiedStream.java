package dev.millrace.pipelines;

import dev.millrace.schemas.DeadLetter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What {@link Classify} makes.
 *
 * @param rows each row with its label and scores
 * @param deadLetters rows that could not be classified, with the reason
 */
public record ClassifiedStream<T>(
    DataStream<Tuple2<T, Classification>> rows, DataStream<DeadLetter> deadLetters) {}
