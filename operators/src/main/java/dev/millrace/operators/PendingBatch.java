package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.schemas.DeadLetter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * A batch of a user's rows on its way through an operator: its vectors are put in their places as
 * they come, in any order. Used on the task's thread alone.
 */
final class PendingBatch extends PendingInput<ArrowBatch> {

  private final ArrowBatch batch;
  private final long timestamp;
  private final boolean lettersInBatch;
  private final List<DeadLetter> deadLetters = new ArrayList<>(0);
  private final List<Integer> failedRows = new ArrayList<>(0);
  private int open;
  private @Nullable FixedSizeListVector column;
  private @Nullable ArrowBatch result;

  /**
   * @param batch a reference that the place owns
   * @param lettersInBatch whether the result says of each row without a vector why it has none
   */
  PendingBatch(ArrowBatch batch, long timestamp, boolean lettersInBatch) {
    this.batch = batch;
    this.timestamp = timestamp;
    this.lettersInBatch = lettersInBatch;
    this.open = batch.rowCount();
  }

  @Override
  ArrowBatch input() {
    return batch;
  }

  @Override
  long timestamp() {
    return timestamp;
  }

  @Override
  int rows() {
    // An empty batch is something to hold, too.
    return Math.max(1, batch.rowCount());
  }

  @Override
  boolean isDone() {
    return open == 0;
  }

  /** Puts a row's vector in its place. */
  void succeed(int row, EmbeddingView vector, MemoryScope scope) {
    vector.copyTo(
        column(scope, vector.dimension()).getDataVector().getDataBuffer(),
        (long) row * vector.dimension() * Float.BYTES);
    open--;
  }

  /** All rows at once, by a batch with this one's columns and the vectors. Nothing is copied. */
  void succeed(ArrowBatch answer) {
    result = answer.retain();
    open = 0;
  }

  /**
   * Puts null in a row's place.
   *
   * @param letter null if the row leaves with the batch alone
   */
  void fail(int row, @Nullable DeadLetter letter, MemoryScope scope, int dimension) {
    column(scope, dimension).setNull(row);
    if (letter != null) {
      deadLetters.add(letter);
      failedRows.add(row);
    }
    open--;
  }

  private FixedSizeListVector column(MemoryScope scope, int dimension) {
    FixedSizeListVector made = column;
    if (made == null) {
      made = EmbeddingColumns.allocate(scope, batch.rowCount(), dimension);
      column = made;
    }
    return made;
  }

  /** The batch with its vectors; it stays this place's. */
  ArrowBatch result(MemoryScope scope, int dimension) {
    ArrowBatch made = result;
    if (made == null) {
      List<FieldVector> columns = new ArrayList<>(2);
      columns.add(column(scope, dimension));
      if (lettersInBatch && !deadLetters.isEmpty()) {
        columns.add(DeadLetters.column(scope, batch.rowCount(), failedRows, deadLetters));
      }
      made = batch.withColumns(scope, columns);
      column = null;
      result = made;
    }
    return made;
  }

  /** Rows that have no vector and leave by themselves, too, with the reason. */
  List<DeadLetter> deadLetters() {
    return deadLetters;
  }

  /** Gives everything back. */
  void close() {
    batch.close();
    if (column != null) {
      column.close();
      column = null;
    }
    if (result != null) {
      result.close();
    }
  }
}
