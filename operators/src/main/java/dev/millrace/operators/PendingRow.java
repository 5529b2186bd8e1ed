package dev.millrace.operators;

import dev.millrace.schemas.DeadLetter;
import org.jspecify.annotations.Nullable;

/**
 * A row on its way through an operator, with what became of it. Used on the task's thread alone,
 * and used again for another row when it has left.
 */
final class PendingRow<IN, OUT> extends PendingInput<IN> implements Waiter<PendingRow<IN, OUT>> {

  private @Nullable IN row;
  private long timestamp;
  private @Nullable OUT result;
  private @Nullable DeadLetter deadLetter;
  private @Nullable HeldAnswer answer;
  private long place;
  private @Nullable PendingRow<IN, OUT> nextWaiter;

  /**
   * Becomes the place of a row.
   *
   * @param newTimestamp milliseconds, or {@link Long#MIN_VALUE} for a row without one
   */
  PendingRow<IN, OUT> of(IN newRow, long newTimestamp) {
    row = newRow;
    timestamp = newTimestamp;
    return this;
  }

  void clear() {
    row = null;
    result = null;
    deadLetter = null;
    nextWaiter = null;
    if (answer != null) {
      answer.letGo();
      answer = null;
    }
  }

  @Override
  IN input() {
    if (row == null) {
      throw new IllegalStateException("The place of a row that has left was read.");
    }
    return row;
  }

  @Override
  long timestamp() {
    return timestamp;
  }

  @Override
  int rows() {
    return 1;
  }

  @Override
  boolean isDone() {
    return result != null || deadLetter != null || answer != null;
  }

  void succeed(OUT value) {
    result = value;
  }

  /** Its vector is at a place of an answer, which is held until the row has left. */
  void hold(HeldAnswer itsAnswer, long itsPlace) {
    itsAnswer.hold();
    answer = itsAnswer;
    place = itsPlace;
  }

  void fail(DeadLetter letter) {
    deadLetter = letter;
  }

  /** The answer that its vector is in, or null if there is none. */
  @Nullable HeldAnswer answer() {
    return answer;
  }

  /** Where its vector begins in the answer, in bytes. */
  long place() {
    return place;
  }

  /** What it became, or null if it failed, or is made when it leaves. */
  @Nullable OUT result() {
    return result;
  }

  /** Why it failed, or null if it did not. */
  @Nullable DeadLetter deadLetter() {
    return deadLetter;
  }

  @Override
  public @Nullable PendingRow<IN, OUT> nextWaiter() {
    return nextWaiter;
  }

  @Override
  public void setNextWaiter(@Nullable PendingRow<IN, OUT> next) {
    nextWaiter = next;
  }
}
