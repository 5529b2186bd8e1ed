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
  private transient @Nullable EmbeddingView leaving;

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

  /**
   * The row is made when it leaves, and not while others of its batch, or before it, are still to
   * come: whoever reads it then finds it in the processor's cache, and what waits is off-heap.
   */
  @Override
  public void succeed(PendingRow<IN, OUT> row, EmbeddingView vector) {
    HeldAnswer answer = vector.held();
    if (answer == null) {
      super.succeed(row, vector);
    } else {
      row.hold(answer, vector.offset());
    }
  }

  @Override
  OUT resultOf(PendingRow<IN, OUT> row) {
    HeldAnswer answer = row.answer();
    return answer == null
        ? super.resultOf(row)
        : join(row.input(), leaving().at(answer, row.place()));
  }

  private EmbeddingView leaving() {
    if (leaving == null) {
      leaving = new EmbeddingView(EmbeddingColumns.dimension(session().signature()));
    }
    return leaving;
  }

  @Override
  OUT join(IN row, EmbeddingView vector) {
    return joiner.join(row, vector);
  }
}
