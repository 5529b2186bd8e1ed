package dev.millrace.pipelines;

import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.TextOf;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Embeds any stream that has a text in it. */
public final class Embed {

  private Embed() {}

  /**
   * Adds to each row the vector of its text. Timestamps, watermarks and, unless the settings say
   * otherwise, the order of the rows are kept. Each row leaves exactly once, with a vector or as a
   * dead letter.
   *
   * @param name what the stage is called in Flink's pages and metrics; also its operator's uid, so
   *     it must be unique in the job
   * @param rows the rows
   * @param textOf finds the text in a row
   * @param settings model, accelerator, batching
   */
  public static <T> EmbeddedStream<T> stream(
      String name, DataStream<T> rows, TextOf<T> textOf, InferenceSettings settings) {
    TypeInformation<Tuple2<T, float[]>> embedded =
        new TupleTypeInfo<>(rows.getType(), PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO);
    SingleOutputStreamOperator<Tuple2<T, float[]>> stage =
        rows.transform(
                name,
                embedded,
                new EmbeddingOperatorFactory<>(
                    settings, textOf, (row, vector) -> Tuple2.of(row, vector.toArray())))
            .uid(name);
    return new EmbeddedStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }
}
