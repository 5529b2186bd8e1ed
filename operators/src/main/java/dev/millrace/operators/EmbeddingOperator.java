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
 * Rows in, rows with their vectors, or scores, out. A row is in the checkpoint by the input's own
 * serializer.
 */
final class EmbeddingOperator<IN, OUT>
    extends InferenceOperator<IN, OUT, IN, PendingRow<IN, OUT>, PendingRow<IN, OUT>> {

  private static final long serialVersionUID = 1L;

  private final RowTexts<IN> texts;
  private final EmbeddingJoiner<IN, OUT> joiner;
  private final @Nullable RowWithoutVector<IN, OUT> withoutVector;
  private final transient TypeSerializer<IN> rowSerializer;
  private final transient Deque<PendingRow<IN, OUT>> spare;
  private transient boolean copiesRows;

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
    super(parameters, settings, task);
    this.texts = texts;
    this.joiner = joiner;
    this.withoutVector = withoutVector;
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
  TypeSerializer<IN> stateSerializer() {
    return rowSerializer;
  }

  @Override
  IN toState(PendingRow<IN, OUT> row) {
    return row.input();
  }

  @Override
  IN fromState(IN row) {
    return row;
  }

  @Override
  IN keep(IN row) {
    return copiesRows ? rowSerializer.copy(row) : row;
  }

  @Override
  PendingRow<IN, OUT> place(IN row, long timestamp) {
    PendingRow<IN, OUT> used = spare.poll();
    return (used == null ? new PendingRow<IN, OUT>() : used).of(row, timestamp);
  }

  @Override
  void submit(PendingRow<IN, OUT> row, InferenceEngine<PendingRow<IN, OUT>> into) {
    texts.submit(row.input(), row, into);
  }

  @Override
  void emit(PendingRow<IN, OUT> row) {
    if (row.deadLetter() != null) {
      emitDeadLetter(row.deadLetter(), row);
    } else {
      emit(Objects.requireNonNull(row.result()), row);
    }
  }

  @Override
  void release(PendingRow<IN, OUT> row) {
    row.clear();
    spare.push(row);
  }

  @Override
  void succeed(PendingRow<IN, OUT> row, EmbeddingView vector) {
    row.succeed(joiner.join(row.input(), vector));
  }

  @Override
  void fail(PendingRow<IN, OUT> row, String category, String reason, int attempts) {
    DeadLetter letter = badRow(category, reason, attempts, () -> bytesOf(row.input()));
    if (letter == null) {
      row.succeed(Objects.requireNonNull(withoutVector).of(row.input()));
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
