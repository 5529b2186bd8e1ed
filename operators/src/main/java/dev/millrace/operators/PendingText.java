package dev.millrace.operators;

import org.jspecify.annotations.Nullable;

/**
 * A distinct text on its way to its vector, with all who wait for it. Used again when it is done.
 */
final class PendingText<W extends Waiter<W>> {

  private final TextUnits text = new TextUnits();
  private @Nullable W first;
  private @Nullable W last;
  private int waiters;
  @Nullable PendingText<W> nextInTable;

  /** Of the text, as long as the table has it: what has another one need not be looked at. */
  long hash;

  TextUnits text() {
    return text;
  }

  void addWaiter(W waiter) {
    if (last == null) {
      first = waiter;
    } else {
      last.setNextWaiter(waiter);
    }
    last = waiter;
    waiters++;
  }

  /** The first who waits, in the order in which they came. */
  @Nullable W firstWaiter() {
    return first;
  }

  /** How many wait. */
  int waiters() {
    return waiters;
  }

  void forgetWaiters() {
    first = null;
    last = null;
    waiters = 0;
  }
}
