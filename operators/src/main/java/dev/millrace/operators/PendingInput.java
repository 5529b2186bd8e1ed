package dev.millrace.operators;

/**
 * Something that came into an operator and has not left it. Used on the task's thread alone.
 *
 * @param <IN> what came
 */
abstract non-sealed class PendingInput<IN> extends OutputQueue.Element {

  /** Milliseconds, or {@link Long#MIN_VALUE} for an element without a timestamp. */
  abstract long timestamp();

  /** What came. */
  abstract IN input();

  /** Whether it may leave. */
  abstract boolean isDone();

  /** How many rows it is. */
  abstract int rows();
}
