package dev.millrace.pipelines;

import dev.millrace.accelerator.Models;
import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.PairOf;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Scores any stream of pairs of texts, such as queries and the documents found for them. */
public final class Rerank {

  private Rerank() {}

  /**
   * Adds to each row how well its two texts go together: the score that sentence-transformers'
   * {@code CrossEncoder} gives. Otherwise as {@link Embed#stream}.
   *
   * @param name as in {@link Embed#stream}
   * @param rows the rows
   * @param pairOf finds the two texts in a row
   * @param settings model, accelerator, batching; the model is a folder of a cross-encoder
   * @throws dev.millrace.accelerator.AcceleratorException if the model is none
   */
  public static <T> ScoredStream<T> stream(
      String name, DataStream<T> rows, PairOf<T> pairOf, InferenceSettings settings) {
    InferenceTask.RERANKING.require(Models.resolve(settings.model()));
    TypeInformation<Tuple2<T, Float>> scored =
        new TupleTypeInfo<>(rows.getType(), BasicTypeInfo.FLOAT_TYPE_INFO);
    SingleOutputStreamOperator<Tuple2<T, Float>> stage =
        rows.transform(
                name,
                scored,
                EmbeddingOperatorFactory.reranking(
                    settings,
                    pairOf,
                    (row, score) -> Tuple2.of(row, score.get(0)),
                    row -> Tuple2.of(row, Float.NaN)))
            .uid(name);
    return new ScoredStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }
}
