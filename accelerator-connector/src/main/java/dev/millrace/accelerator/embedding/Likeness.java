package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.ModelTask;

/**
 * How like two answers for one row are: 1 if they are the same, and less the more they differ.
 * Vectors have their cosine. Scores, which may be one number and then have no angle, have 1 less
 * their largest difference, taken relative to the larger of the two where that is beyond 1. An
 * answer that is not a number is like nothing.
 */
public enum Likeness {
  /** The cosine. */
  OF_VECTORS {
    @Override
    double ofSameLength(float[] a, float[] b) {
      double dot = 0;
      double aa = 0;
      double bb = 0;
      for (int i = 0; i < a.length; i++) {
        dot += (double) a[i] * b[i];
        aa += (double) a[i] * a[i];
        bb += (double) b[i] * b[i];
      }
      return aa == 0 && bb == 0 ? 1 : dot / Math.sqrt(aa * bb);
    }
  },
  /** 1 less the largest difference. */
  OF_SCORES {
    @Override
    double ofSameLength(float[] a, float[] b) {
      double largest = 0;
      for (int i = 0; i < a.length; i++) {
        double scale = Math.max(1, Math.max(Math.abs(a[i]), Math.abs(b[i])));
        largest = Math.max(largest, Math.abs((double) a[i] - b[i]) / scale);
      }
      return 1 - largest;
    }
  };

  /**
   * That of a task's answers. Those of generators, and of models that are used as they are, nobody
   * compares.
   */
  public static Likeness of(ModelTask task) {
    return switch (task) {
      case EMBEDDING, GENERATION, RAW -> OF_VECTORS;
      case CLASSIFICATION, TOKEN_CLASSIFICATION -> OF_SCORES;
    };
  }

  abstract double ofSameLength(float[] a, float[] b);

  /** Of answers of different lengths, and of one that is not a number, it is -1. */
  public double between(float[] a, float[] b) {
    double likeness = a.length == b.length ? ofSameLength(a, b) : -1;
    return Double.isNaN(likeness) ? -1 : likeness;
  }

  /** The least of all rows; -1 if they are not as many. */
  public double least(float[][] some, float[][] others) {
    if (some.length != others.length) {
      return -1;
    }
    double least = 1;
    for (int i = 0; i < some.length; i++) {
      least = Math.min(least, between(some[i], others[i]));
    }
    return least;
  }
}
