package dev.millrace.pipelines.recommend;

/**
 * Numbers that go down a gradient, step by step, as AdaGrad does it (Duchi et al., Adaptive
 * Subgradient Methods, 2011). Gradients of one order give the same numbers, bit for bit.
 *
 * <p>Not thread-safe.
 */
final class Descent {
  /** Keeps the first steps from being as long as the rate whatever the gradient. */
  private static final double FIRST_SQUARES = 1e-2;

  private final double rate;
  private final double[] values;
  private final double[] squares;

  /**
   * @param values where it begins; they are changed
   */
  Descent(double rate, double[] values) {
    this.rate = rate;
    this.values = values;
    squares = new double[values.length];
  }

  /** Goes on from {@link #values()} and {@link #squares()} of another one. */
  void restore(double[] otherValues, double[] otherSquares) {
    System.arraycopy(otherValues, 0, values, 0, values.length);
    System.arraycopy(otherSquares, 0, squares, 0, squares.length);
  }

  boolean isOff() {
    return rate == 0;
  }

  double value(int index) {
    return values[index];
  }

  int size() {
    return values.length;
  }

  /** A copy. */
  double[] values() {
    return values.clone();
  }

  /** The sums of the gradients' squares so far; a copy. */
  double[] squares() {
    return squares.clone();
  }

  void step(double[] gradient) {
    for (int i = 0; i < values.length; i++) {
      squares[i] += gradient[i] * gradient[i];
      values[i] -= rate * gradient[i] / Math.sqrt(squares[i] + FIRST_SQUARES);
    }
  }
}
