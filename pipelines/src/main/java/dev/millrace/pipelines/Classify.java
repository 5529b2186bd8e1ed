package dev.millrace.pipelines;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.EmbeddingJoiner;
import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.EmbeddingView;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.TextOf;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Classifies any stream that has a text in it. */
public final class Classify {

  private Classify() {}

  /**
   * Adds to each row what a classifier says of its text: the label and the scores that Hugging
   * Face's pipeline of the task text-classification gives. Otherwise as {@link Embed#stream}.
   *
   * @param name as in {@link Embed#stream}
   * @param rows the rows
   * @param textOf finds the text in a row
   * @param settings model, accelerator, batching; the model is a folder of a classifier
   * @throws dev.millrace.accelerator.AcceleratorException if the model is none
   */
  public static <T> ClassifiedStream<T> stream(
      String name, DataStream<T> rows, TextOf<T> textOf, InferenceSettings settings) {
    Model model = Models.resolve(settings.model());
    InferenceTask.CLASSIFICATION.require(model);
    TypeInformation<Tuple2<T, Classification>> classified =
        new TupleTypeInfo<>(rows.getType(), TypeInformation.of(Classification.class));
    SingleOutputStreamOperator<Tuple2<T, Classification>> stage =
        rows.transform(
                name,
                classified,
                EmbeddingOperatorFactory.classifying(
                    settings,
                    textOf,
                    new Labelling<T>(Objects.requireNonNull(model.classifier()).labels()),
                    row -> Tuple2.of(row, new Classification())))
            .uid(name);
    return new ClassifiedStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }

  private record Labelling<T>(List<String> labels)
      implements EmbeddingJoiner<T, Tuple2<T, Classification>> {

    @Override
    public Tuple2<T, Classification> join(T row, EmbeddingView numbers) {
      float[] scores = numbers.toArray();
      int highest = 0;
      for (int i = 1; i < scores.length; i++) {
        if (scores[i] > scores[highest]) {
          highest = i;
        }
      }
      return Tuple2.of(row, new Classification(labels.get(highest), scores[highest], scores));
    }
  }
}
