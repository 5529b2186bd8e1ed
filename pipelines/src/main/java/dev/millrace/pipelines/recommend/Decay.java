package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;

/** Weights that halve with time. */
record Decay(double halfLifeMillis) implements Serializable {
  private static final long serialVersionUID = 1L;

  static Decay of(Duration halfLife) {
    return new Decay(halfLife.toMillis());
  }

  /** What is left of 1 after so many milliseconds. */
  double after(long millis) {
    return Math.pow(2, -millis / halfLifeMillis);
  }

  /**
   * A sum of weights as of {@code last}, and one more event of weight 1 at {@code time}: the sum as
   * of the later of both. Events of one moment give the same sum in any order.
   */
  double add(double sum, long last, long time) {
    return time >= last ? sum * after(time - last) + 1 : sum + after(last - time);
  }

  /** Orders sums as of different times as they would be ordered as of the same time. */
  double level(double sum, long last) {
    return Math.log(sum) / Math.log(2) + last / halfLifeMillis;
  }
}
