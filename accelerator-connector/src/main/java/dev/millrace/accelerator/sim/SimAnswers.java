package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import dev.millrace.accelerator.embedding.FiniteCheck;
import dev.millrace.accelerator.embedding.TokenBatch;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** What a simulated device answers. Safe for use by several threads. */
final class SimAnswers implements AutoCloseable {

  private static final long OF_A_LIAR = 0x5DEECE66DL;

  private final SimDevice device;
  private final MemoryScope scope;
  private final EmbeddingColumns columns;
  private final EmbeddingColumns shortColumns;
  private final SimVectors vectors;
  private final SimVectors shortVectors;
  private final SimVectors lies;
  private final FiniteCheck check = new FiniteCheck();

  SimAnswers(SimDevice device) {
    this.device = device;
    SimSettings settings = device.settings();
    int half = Math.max(1, settings.dimensions() / 2);
    this.scope = MemoryScope.open("session " + device.uri());
    this.columns = new EmbeddingColumns(scope, settings.dimensions());
    this.shortColumns = new EmbeddingColumns(scope, half);
    this.vectors = new SimVectors(settings.seed(), settings.dimensions());
    this.shortVectors = new SimVectors(settings.seed(), half);
    this.lies = new SimVectors(settings.seed() ^ OF_A_LIAR, settings.dimensions());
  }

  /** Tokens that a batch has, padding included; 0 if it is none that the model takes. */
  static long tokens(ArrowBatch batch) {
    return batch.column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids
        ? (long) batch.rowCount() * ids.getListSize()
        : 0;
  }

  /**
   * The answer to a batch.
   *
   * @return belongs to the caller
   * @throws AcceleratorException if the batch is none that the model takes, or the fault is one
   *     that is told
   */
  synchronized ArrowBatch to(ArrowBatch batch, @Nullable Fault fault) {
    if (fault != null && fault.isTold()) {
      throw device.failure(fault, batch.rowCount());
    }
    TokenBatch tokens = TokenBatch.of(batch);
    boolean cut = fault == Fault.WRONG_SHAPE;
    EmbeddingColumn column = (cut ? shortColumns : columns).take(tokens.rows());
    boolean done = false;
    try {
      (cut ? shortVectors : fault == Fault.LIE ? lies : vectors).write(tokens, column.data());
      if (fault == Fault.NAN && tokens.rows() > 0) {
        column.data().setFloat(0, Float.NaN);
      }
      requireFinite(column.data(), tokens.rows());
      ArrowBatch answer = column.addTo(batch, scope);
      done = true;
      return answer;
    } finally {
      if (!done) {
        column.giveBack();
      }
    }
  }

  private void requireFinite(ArrowBuf data, int rows) {
    long floats =
        Math.min(data.capacity() / Float.BYTES, (long) rows * device.settings().dimensions());
    int first =
        check.firstNotFinite(
            data.nioBuffer(0, (int) floats * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer());
    if (first >= 0) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "The simulated device "
              + device.uri()
              + " answered row "
              + first / device.settings().dimensions()
              + " of "
              + rows
              + " with NaN, as it was told to.");
    }
  }

  @Override
  public void close() {
    columns.close();
    shortColumns.close();
    scope.close();
  }
}
