package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a user's batch that are tokens already. All of them go to the accelerator where they lie;
 * a part of them, after a failure, is a slice, which shares the memory.
 */
final class TokenWork implements InferenceWork {

  private final ColumnarEmbeddingOperator operator;
  private final PendingBatch batch;
  private final int from;
  private final int rows;
  private final int attempt;
  private final int pauses;

  TokenWork(
      ColumnarEmbeddingOperator operator,
      PendingBatch batch,
      int from,
      int rows,
      int attempt,
      int pauses) {
    this.operator = operator;
    this.batch = batch;
    this.from = from;
    this.rows = rows;
    this.attempt = attempt;
    this.pauses = pauses;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int tokens() {
    int tokens = 0;
    if (column(TextColumns.TOKEN_COUNT) instanceof IntVector counts) {
      for (int row = from; row < from + rows; row++) {
        tokens += counts.get(row);
      }
    }
    return tokens;
  }

  @Override
  public int width() {
    if (column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids && ids.getListSize() > 0) {
      return ids.getListSize();
    }
    // The accelerator will say what is wrong with it.
    return 1;
  }

  private @Nullable FieldVector column(String name) {
    return batch.input().column(name);
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public int pauses() {
    return pauses;
  }

  @Override
  public ArrowBatch toBatch() {
    if (isWhole()) {
      return batch.input().retain();
    }
    MemoryScope scope = operator.scope();
    return ArrowBatch.own(scope, batch.input().root().slice(from, rows));
  }

  private boolean isWhole() {
    return rows == batch.input().rowCount();
  }

  @Override
  public void succeed(ArrowBatch answer) {
    if (isWhole()) {
      batch.succeed(answer);
      return;
    }
    FixedSizeListVector vectors = (FixedSizeListVector) answer.requireColumn(TextColumns.EMBEDDING);
    ArrowBuf values = vectors.getDataVector().getDataBuffer();
    EmbeddingView view = new EmbeddingView(vectors.getListSize());
    long rowBytes = (long) vectors.getListSize() * Float.BYTES;
    for (int row = 0; row < rows; row++) {
      batch.succeed(from + row, view.at(values, row * rowBytes), operator.scope());
    }
  }

  @Override
  public InferenceWork again(boolean counts) {
    return new TokenWork(operator, batch, from, rows, attempt + 1, counts ? pauses + 1 : pauses);
  }

  @Override
  public InferenceWork half(boolean second) {
    int half = rows / 2;
    return second
        ? new TokenWork(operator, batch, from + half, rows - half, attempt + 1, pauses)
        : new TokenWork(operator, batch, from, half, attempt + 1, pauses);
  }

  @Override
  public void fail(String category, String reason) {
    operator.failTokens(batch, from, category, reason, attempt);
  }

  @Override
  public void discard() {
    // The batch is the operator's.
  }
}
