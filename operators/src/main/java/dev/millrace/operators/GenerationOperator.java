package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import java.util.function.LongSupplier;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.jspecify.annotations.Nullable;

/** Rows in, rows with what a generator answered to their prompts out. */
final class GenerationOperator<IN, OUT>
    extends RowOperator<IN, OUT, GeneratedAnswer, PromptIntake<PendingRow<IN, OUT>>> {

  private static final long serialVersionUID = 1L;

  private final GenerationSettings generation;
  private final TextOf<IN> promptOf;
  private final AnswerJoiner<IN, OUT> joiner;

  /**
   * @param withoutAnswer null only if {@link OnBadRow#NULL} is not asked for
   */
  GenerationOperator(
      StreamOperatorParameters<OUT> parameters,
      InferenceSettings settings,
      GenerationSettings generation,
      TextOf<IN> promptOf,
      AnswerJoiner<IN, OUT> joiner,
      @Nullable RowWithoutVector<IN, OUT> withoutAnswer) {
    super(parameters, settings, InferenceTask.GENERATION, withoutAnswer);
    this.generation = generation;
    this.promptOf = promptOf;
    this.joiner = joiner;
  }

  @Override
  Model model() {
    return generation.model(settings().model());
  }

  @Override
  PromptIntake<PendingRow<IN, OUT>> openIntake(
      InferenceSession session, MemoryScope memory, LongSupplier clock, InferenceMetrics counts) {
    return new PromptIntake<>(
        settings(), session, memory, this, counts, new GenerationMetrics(getMetricGroup()));
  }

  @Override
  void submit(PendingRow<IN, OUT> row, InferenceEngine<PromptIntake<PendingRow<IN, OUT>>> into) {
    into.intake().add(row, promptOf.textOf(row.input()));
    into.added();
  }

  @Override
  OUT join(IN row, GeneratedAnswer answer) {
    return joiner.join(row, answer);
  }
}
