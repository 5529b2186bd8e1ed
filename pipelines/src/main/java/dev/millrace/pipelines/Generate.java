package dev.millrace.pipelines;

import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.GenerationOperatorFactory;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import dev.millrace.operators.TextOf;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Asks a model that generates texts about each row of any stream. */
public final class Generate {

  private Generate() {}

  /**
   * Adds to each row the answer to its prompt. Each row is a request of its own, many of them at
   * once. Order, time, checkpoints and dead letters are as with {@link Embed#stream}; after a
   * failover a row that was under way is asked again, and may get another answer.
   *
   * @param name as in {@link Embed#stream}
   * @param rows the rows
   * @param promptOf makes a row's prompt; {@link dev.millrace.operators.RowTemplate} helps. A row
   *     for which it is null or blank cannot be answered
   * @param settings accelerators, bounds and patience; the model is what its server calls it. What
   *     concerns batches and the cache means nothing here
   * @param generation how the model is asked
   * @throws IllegalArgumentException with everything that is wrong with the settings
   */
  public static <T> GeneratedStream<T> stream(
      String name,
      DataStream<T> rows,
      TextOf<T> promptOf,
      InferenceSettings settings,
      GenerationSettings generation) {
    require(settings.problems(generation));
    TypeInformation<Tuple2<T, Generation>> answered =
        new TupleTypeInfo<>(rows.getType(), TypeInformation.of(Generation.class));
    SingleOutputStreamOperator<Tuple2<T, Generation>> stage =
        rows.transform(
                name,
                answered,
                new GenerationOperatorFactory<>(
                    settings,
                    generation,
                    promptOf,
                    (row, answer) -> Tuple2.of(row, new Generation(answer)),
                    row -> Tuple2.of(row, new Generation())))
            .uid(name);
    return new GeneratedStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }

  private static void require(List<OptionProblem> problems) {
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          problems.stream()
              .map(one -> one.option() + " = '" + one.value() + "': " + one.remedy())
              .collect(Collectors.joining("\n  ", "The settings cannot be used:\n  ", "")));
    }
  }
}
