package dev.millrace.operators;

import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.jspecify.annotations.Nullable;

/**
 * Rows in, rows with their answers out. A row is in the checkpoint by the input's own serializer.
 *
 * @param <A> an answer; valid during the call that brings it
 */
abstract class RowOperator<IN, OUT, A, I extends Intake>
    extends InferenceOperator<IN, OUT, IN, PendingRow<IN, OUT>, I>
    implements Intake.Receiver<PendingRow<IN, OUT>, A> {

  private static final long serialVersionUID = 1L;

  private final @Nullable RowWithoutVector<IN, OUT> withoutAnswer;
  private final transient TypeSerializer<IN> rowSerializer;
  private final transient Deque<PendingRow<IN, OUT>> spare;
  private transient boolean copiesRows;

  /**
   * @param withoutAnswer null only if {@link OnBadRow#NULL} is not asked for
   */
  RowOperator(
      StreamOperatorParameters<OUT> parameters,
      InferenceSettings settings,
      InferenceTask task,
      @Nullable RowWithoutVector<IN, OUT> withoutAnswer) {
    super(parameters, settings, task);
    this.withoutAnswer = withoutAnswer;
    this.rowSerializer =
        getOperatorConfig()
            .getTypeSerializerIn(0, parameters.getContainingTask().getUserCodeClassLoader());
    this.spare = new ArrayDeque<>();
  }

  @Override
  public void open() throws Exception {
    // With object reuse the caller may overwrite a row as soon as processElement returns.
    copiesRows = getExecutionConfig().isObjectReuseEnabled() && !rowSerializer.isImmutableType();
    super.open();
  }

  @Override
  final TypeSerializer<IN> stateSerializer() {
    return rowSerializer;
  }

  @Override
  final IN toState(PendingRow<IN, OUT> row) {
    return row.input();
  }

  @Override
  final IN fromState(IN row) {
    return row;
  }

  @Override
  final IN keep(IN row) {
    return copiesRows ? rowSerializer.copy(row) : row;
  }

  @Override
  final PendingRow<IN, OUT> place(IN row, long timestamp) {
    PendingRow<IN, OUT> used = spare.poll();
    return (used == null ? new PendingRow<IN, OUT>() : used).of(row, timestamp);
  }

  @Override
  final void emit(PendingRow<IN, OUT> row) {
    if (row.deadLetter() != null) {
      emitDeadLetter(row.deadLetter(), row);
    } else {
      emit(resultOf(row), row);
    }
  }

  @Override
  final void release(PendingRow<IN, OUT> row) {
    row.clear();
    spare.push(row);
  }

  /** The row that leaves. */
  abstract OUT join(IN row, A answer);

  /** What a row became that did not fail. */
  OUT resultOf(PendingRow<IN, OUT> row) {
    return Objects.requireNonNull(row.result());
  }

  @Override
  public void succeed(PendingRow<IN, OUT> row, A answer) {
    row.succeed(join(row.input(), answer));
  }

  @Override
  public final void fail(PendingRow<IN, OUT> row, String category, String reason, int attempts) {
    DeadLetter letter = badRow(category, reason, attempts, () -> bytesOf(row.input()));
    if (letter == null) {
      row.succeed(Objects.requireNonNull(withoutAnswer).of(row.input()));
    } else {
      row.fail(letter);
    }
  }

  private byte[] bytesOf(IN row) {
    DataOutputSerializer bytes = new DataOutputSerializer(256);
    try {
      rowSerializer.serialize(row, bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException("A row that was read could not be written", impossible);
    }
    return bytes.getCopyOfBuffer();
  }
}
