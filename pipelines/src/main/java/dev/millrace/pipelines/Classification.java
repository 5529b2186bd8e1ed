package dev.millrace.pipelines;

import org.jspecify.annotations.Nullable;

/** What a classifier says of a row. A POJO for Flink. */
public final class Classification {

  /** The label with the highest score; null if the row could not be inferred. */
  public @Nullable String label;

  /** The highest score; NaN if the row could not be inferred. */
  public float score = Float.NaN;

  /** The score of each label, in the order of the model's; empty likewise. */
  public float[] scores = new float[0];

  /** For Flink. */
  public Classification() {}

  Classification(String label, float score, float[] scores) {
    this.label = label;
    this.score = score;
    this.scores = scores;
  }

  @Override
  public String toString() {
    return label + " " + score;
  }
}
