package dev.millrace.operators;

import dev.millrace.schemas.DeadLetter;
import org.jspecify.annotations.Nullable;

/**
 * A row on its way through an operator, with what became of it. Used on the task's thread alone.
 */
final class PendingRow<IN, OUT> extends OutputQueue.Element {

  private final IN row;
  private final long timestamp;
  private @Nullable OUT result;
  private @Nullable DeadLetter deadLetter;

  /**
   * @param timestamp milliseconds, or {@link Long#MIN_VALUE} for a row without one
   */
  PendingRow(IN row, long timestamp) {
    this.row = row;
    this.timestamp = timestamp;
  }

  IN row() {
    return row;
  }

  long timestamp() {
    return timestamp;
  }

  boolean isDone() {
    return result != null || deadLetter != null;
  }

  void succeed(OUT value) {
    result = value;
  }

  void fail(DeadLetter letter) {
    deadLetter = letter;
  }

  /** What it became, or null if it failed. */
  @Nullable OUT result() {
    return result;
  }

  /** Why it failed, or null if it did not. */
  @Nullable DeadLetter deadLetter() {
    return deadLetter;
  }
}
