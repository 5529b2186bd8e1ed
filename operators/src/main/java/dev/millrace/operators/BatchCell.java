package dev.millrace.operators;

import org.jspecify.annotations.Nullable;

/** A row of a {@link PendingBatch} that waits for its vector; used again for another. */
final class BatchCell implements Waiter<BatchCell> {

  private @Nullable PendingBatch batch;
  private int row;
  private @Nullable BatchCell next;

  BatchCell of(PendingBatch newBatch, int newRow) {
    batch = newBatch;
    row = newRow;
    return this;
  }

  void clear() {
    batch = null;
    next = null;
  }

  PendingBatch batch() {
    if (batch == null) {
      throw new IllegalStateException("A cell that waits for nothing was read.");
    }
    return batch;
  }

  int row() {
    return row;
  }

  @Override
  public @Nullable BatchCell nextWaiter() {
    return next;
  }

  @Override
  public void setNextWaiter(@Nullable BatchCell newNext) {
    next = newNext;
  }
}
