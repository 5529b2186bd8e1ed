package dev.millrace.pipelines;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.Models;
import dev.millrace.operators.ArrowBatchTypeInfo;
import dev.millrace.operators.ColumnarEmbeddingOperatorFactory;
import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
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
   * otherwise, the order of the rows are kept. Each row leaves exactly once: with a vector, or, if
   * it cannot be embedded, as {@link dev.millrace.operators.OnBadRow} says. A dead letter's payload
   * is the row as its Flink serializer writes it; with {@code null} the row leaves with a vector of
   * length 0, since no field of a Flink tuple can be null.
   *
   * @param name what the stage is called in Flink's pages and metrics; also its operator's uid, so
   *     it must be unique in the job
   * @param rows the rows
   * @param textOf finds the text in a row
   * @param settings model, accelerator, batching
   */
  public static <T> EmbeddedStream<T> stream(
      String name, DataStream<T> rows, TextOf<T> textOf, InferenceSettings settings) {
    InferenceTask.EMBEDDING.require(Models.resolve(settings.model()));
    TypeInformation<Tuple2<T, float[]>> embedded =
        new TupleTypeInfo<>(rows.getType(), PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO);
    SingleOutputStreamOperator<Tuple2<T, float[]>> stage =
        rows.transform(
                name,
                embedded,
                new EmbeddingOperatorFactory<>(
                    settings,
                    textOf,
                    (row, vector) -> Tuple2.of(row, vector.toArray()),
                    row -> Tuple2.of(row, new float[0])))
            .uid(name);
    return new EmbeddedStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }

  /**
   * Adds to each batch the column {@link dev.millrace.accelerator.TextColumns#EMBEDDING} with the
   * vectors of its rows. No row becomes an object, and rows of several batches are inferred
   * together. A row that cannot be embedded has null there and, unless the settings say otherwise
   * ({@link dev.millrace.operators.OnBadRow}), leaves as a dead letter, too: a batch of that row
   * alone.
   *
   * <p>A batch that holds tokens already ({@link dev.millrace.accelerator.TextColumns#INPUT_IDS}
   * and its companions) goes to the accelerator as it is.
   *
   * <p>Who owns a batch between operators is said at {@link
   * dev.millrace.operators.ArrowBatchSerializer}. Keep what makes the batches and what reads them
   * in one chain with this stage: between tasks they are copied.
   *
   * @param name as in {@link #stream}
   * @param batches the batches
   * @param textColumn the column with the text, utf8
   * @param settings as in {@link #stream}
   */
  public static EmbeddedBatches batches(
      String name, DataStream<ArrowBatch> batches, String textColumn, InferenceSettings settings) {
    SingleOutputStreamOperator<ArrowBatch> stage =
        batches
            .transform(
                name,
                ArrowBatchTypeInfo.INSTANCE,
                new ColumnarEmbeddingOperatorFactory(settings, textColumn))
            .uid(name);
    return new EmbeddedBatches(stage, stage.getSideOutput(DeadLetters.TAG));
  }

  /**
   * As {@link #batches}, but what became of a row stays with it: a batch in which rows have no
   * vector has the column {@link DeadLetters#COLUMN} behind that of the vectors. For whoever must
   * commit rows and dead letters together. The column of vectors is the last, or the last but one.
   */
  public static DataStream<ArrowBatch> batchesWithDeadLetters(
      String name, DataStream<ArrowBatch> batches, String textColumn, InferenceSettings settings) {
    return batches
        .transform(
            name,
            ArrowBatchTypeInfo.INSTANCE,
            new ColumnarEmbeddingOperatorFactory(settings, textColumn, true))
        .uid(name);
  }
}
