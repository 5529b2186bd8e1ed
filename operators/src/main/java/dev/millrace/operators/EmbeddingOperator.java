package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import java.util.function.LongSupplier;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.jspecify.annotations.Nullable;

/** Rows in, rows with their vectors, or scores, out. */
final class EmbeddingOperator<IN, OUT>
    extends RowOperator<IN, OUT, EmbeddingView, TextIntake<PendingRow<IN, OUT>>> {

  private static final long serialVersionUID = 1L;

  private final RowTexts<IN> texts;
  private final EmbeddingJoiner<IN, OUT> joiner;

  /**
   * @param withoutVector null only if {@link OnBadRow#NULL} is not asked for
   */
  EmbeddingOperator(
      StreamOperatorParameters<OUT> parameters,
      InferenceSettings settings,
      InferenceTask task,
      RowTexts<IN> texts,
      EmbeddingJoiner<IN, OUT> joiner,
      @Nullable RowWithoutVector<IN, OUT> withoutVector) {
    super(parameters, settings, task, withoutVector);
    this.texts = texts;
    this.joiner = joiner;
  }

  @Override
  TextIntake<PendingRow<IN, OUT>> openIntake(
      InferenceSession session, MemoryScope memory, LongSupplier clock, InferenceMetrics counts) {
    return TextIntake.open(settings(), task(), session, memory, this, clock, counts);
  }

  @Override
  void submit(PendingRow<IN, OUT> row, InferenceEngine<TextIntake<PendingRow<IN, OUT>>> into) {
    texts.submit(row.input(), row, into.intake());
    into.added();
  }

  @Override
  OUT join(IN row, EmbeddingView vector) {
    return joiner.join(row, vector);
  }
}
