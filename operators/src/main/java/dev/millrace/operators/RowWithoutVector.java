package dev.millrace.operators;

import java.io.Serializable;

/**
 * Makes the row that leaves of a row that cannot be inferred, with {@link OnBadRow#NULL}. Called on
 * the task's thread.
 */
@FunctionalInterface
public interface RowWithoutVector<IN, OUT> extends Serializable {

  /**
   * Makes the row that leaves; it says in its own way that there is no vector.
   *
   * @param row the row that came
   */
  OUT of(IN row);
}
