package dev.millrace.pipelines.recommend;

/** Powers that each basket teaches. */
interface Learner {
  /** Takes a step towards what a judged basket says; none where it has none of the candidates. */
  void learn(Slate slate);

  /** What has been learnt. */
  Descent descent();

  /**
   * Goes on from what a checkpoint has of a {@link #descent}, perhaps an earlier version's.
   *
   * @param powers its values
   * @param squares the sums of its gradients' squares
   */
  default void restore(double[] powers, double[] squares) {
    descent().restore(powers, squares);
  }
}
