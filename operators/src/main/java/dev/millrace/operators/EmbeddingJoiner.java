package dev.millrace.operators;

import java.io.Serializable;

/**
 * Makes the row that leaves of the row that came and its vector. Called on the task's thread, just
 * before the row leaves.
 */
@FunctionalInterface
public interface EmbeddingJoiner<IN, OUT> extends Serializable {

  /**
   * Joins the two.
   *
   * @param row the row that came
   * @param embedding its vector; valid during the call only, so copy what is to be kept
   */
  OUT join(IN row, EmbeddingView embedding);
}
