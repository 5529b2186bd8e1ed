package dev.millrace.accelerator.pool;

/**
 * How long a device takes for a batch, learnt from those that it answered: a cost for each batch
 * and one for each token, fitted by least squares over what was seen of late. Guarded by the pool's
 * lock.
 */
final class Speed {

  /** The weight of a batch halves with each 14 that follow. */
  private static final double MEMORY = 0.95;

  /** So many answers make a history. */
  private static final int ENOUGH = 8;

  /** One batch that takes longer by more than this says more of that batch than of the device. */
  private static final double MOST_SURPRISE = 4;

  private long answers;
  private double count;
  private double sumX;
  private double sumY;
  private double sumXx;
  private double sumXy;
  private double batchNanos;
  private double tokenNanos;

  /** Actual by expected time: its mean and its mean deviation. */
  private double ratio = 1;

  private double deviation = 0.25;

  /** Whether it has answered anything. */
  boolean isKnown() {
    return answers > 0;
  }

  /** Whether it has answered enough for its lateness to be told. */
  boolean hasHistory() {
    return answers >= ENOUGH;
  }

  /** The nanoseconds that it will take for a batch; 0 while nothing is known. */
  double expect(long tokens) {
    return batchNanos + tokens * tokenNanos;
  }

  /** The nanoseconds after which a batch of so many tokens is late. */
  double lateAfter(long tokens) {
    return expect(tokens) * Math.max(2, ratio + 4 * deviation);
  }

  /** Padded tokens in a second, with batches of the usual size; 0 while nothing is known. */
  double tokensPerSecond(int lanes) {
    double usual = count == 0 ? 0 : sumX / count;
    double nanos = expect((long) usual);
    return nanos == 0 ? 0 : usual / nanos * 1e9 * lanes;
  }

  long batchNanos() {
    return (long) batchNanos;
  }

  void observe(long tokens, long nanos) {
    double y = Math.max(1, nanos);
    if (hasHistory()) {
      double expected = Math.max(1, expect(tokens));
      double seen = Math.min(y / expected, MOST_SURPRISE);
      deviation += (Math.abs(seen - ratio) - deviation) / 16;
      ratio += (seen - ratio) / 16;
      y = Math.min(y, MOST_SURPRISE * expected);
    }
    answers++;
    count = MEMORY * count + 1;
    sumX = MEMORY * sumX + tokens;
    sumY = MEMORY * sumY + y;
    sumXx = MEMORY * sumXx + (double) tokens * tokens;
    sumXy = MEMORY * sumXy + tokens * y;
    fit();
  }

  private void fit() {
    double variance = count * sumXx - sumX * sumX;
    double slope = variance > 1e-3 * sumXx * count ? (count * sumXy - sumX * sumY) / variance : -1;
    double intercept = (sumY - slope * sumX) / count;
    if (slope > 0 && intercept >= 0) {
      tokenNanos = slope;
      batchNanos = intercept;
    } else if (slope <= 0 && variance > 1e-3 * sumXx * count) {
      tokenNanos = 0;
      batchNanos = sumY / count;
    } else {
      // All of one size, or none left for the batch itself: it is the tokens that take the time.
      tokenNanos = sumX == 0 ? 0 : sumY / sumX;
      batchNanos = sumX == 0 ? sumY / count : 0;
    }
  }
}
