package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import dev.millrace.accelerator.embedding.FiniteCheck;
import dev.millrace.accelerator.embedding.TokenBatch;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** Vectors and scores of tokens. Safe for use by several threads. */
final class SimNumbers implements SimAnswers {

  private static final long OF_A_LIAR = 0x5DEECE66DL;

  private final SimDevice device;
  private final MemoryScope scope;
  private final String name;
  private final int numbers;
  private final EmbeddingColumns columns;
  private final EmbeddingColumns oddColumns;
  private final SimRows rows;
  private final SimRows oddRows;
  private final SimRows lies;
  private final FiniteCheck check = new FiniteCheck();

  SimNumbers(SimDevice device, Model model) {
    this.device = device;
    this.name = model.task().column();
    this.numbers = width(device.settings(), model);
    int odd = numbers > 1 ? numbers / 2 : 2;
    this.scope = MemoryScope.open("session " + device.uri());
    this.columns = new EmbeddingColumns(scope, name, numbers);
    this.oddColumns = new EmbeddingColumns(scope, name, odd);
    long seed = device.settings().seed();
    this.rows = rows(model, seed, numbers);
    this.oddRows = rows(model, seed, odd);
    this.lies = rows(model, seed ^ OF_A_LIAR, numbers);
  }

  /** Numbers that each row gets. */
  static int width(SimSettings settings, Model model) {
    return model.task() == ModelTask.CLASSIFICATION
        ? model.requireClassifier().labels().size()
        : settings.dimensions();
  }

  private static SimRows rows(Model model, long seed, int numbers) {
    return model.task() == ModelTask.CLASSIFICATION
        ? new SimScores(seed, numbers, model.requireClassifier().activation())
        : new SimVectors(seed, numbers);
  }

  @Override
  public long tokens(ArrowBatch batch) {
    return batch.column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids
        ? (long) batch.rowCount() * ids.getListSize()
        : 0;
  }

  @Override
  public synchronized ArrowBatch to(ArrowBatch batch, @Nullable Fault fault) {
    if (fault != null && fault.isTold()) {
      throw device.failure(fault, batch.rowCount());
    }
    TokenBatch tokens = TokenBatch.of(batch);
    if (batch.column(name) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '" + name + "' already. Leave it out before the model runs.");
    }
    boolean cut = fault == Fault.WRONG_SHAPE;
    EmbeddingColumn column = (cut ? oddColumns : columns).take(tokens.rows());
    boolean done = false;
    try {
      (cut ? oddRows : fault == Fault.LIE ? lies : rows).write(tokens, column.data());
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
    long floats = Math.min(data.capacity() / Float.BYTES, (long) rows * numbers);
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
              + first / numbers
              + " of "
              + rows
              + " with NaN, as it was told to.");
    }
  }

  @Override
  public void close() {
    columns.close();
    oddColumns.close();
    scope.close();
  }
}
