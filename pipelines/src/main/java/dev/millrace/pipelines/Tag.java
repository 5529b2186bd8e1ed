package dev.millrace.pipelines;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.TextOf;
import dev.millrace.operators.TextSpan;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Finds spans, such as names of people and places, in any stream that has a text in it. */
public final class Tag {

  private Tag() {}

  /**
   * Adds to each row the spans that a model finds in its text: those that Hugging Face's pipeline
   * of the task token-classification gives with {@code aggregation_strategy="simple"}. A text with
   * more tokens than the model reads is cut, and has no spans beyond. Otherwise as {@link
   * Embed#stream}.
   *
   * @param name as in {@link Embed#stream}
   * @param rows the rows
   * @param textOf finds the text in a row; asked again when the row has its answer
   * @param settings model, accelerator, batching; the model is a folder of a model that labels
   *     tokens
   * @throws dev.millrace.accelerator.AcceleratorException if the model is none
   */
  public static <T> TaggedStream<T> stream(
      String name, DataStream<T> rows, TextOf<T> textOf, InferenceSettings settings) {
    Model model = Models.resolve(settings.model());
    InferenceTask.TOKEN_CLASSIFICATION.require(model);
    TypeInformation<Tuple2<T, Tagging>> tagged =
        new TupleTypeInfo<>(rows.getType(), TypeInformation.of(Tagging.class));
    SingleOutputStreamOperator<Tuple2<T, Tagging>> stage =
        rows.transform(
                name,
                tagged,
                EmbeddingOperatorFactory.findingSpans(
                    settings,
                    model.requireClassifier().labels(),
                    textOf,
                    (row, spans) -> Tuple2.of(row, new Tagging(spans.toArray(TextSpan[]::new))),
                    row -> Tuple2.of(row, new Tagging())))
            .uid(name);
    return new TaggedStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }
}
