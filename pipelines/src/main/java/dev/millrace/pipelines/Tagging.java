package dev.millrace.pipelines;

import dev.millrace.operators.TextSpan;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a model finds in a row's text. A POJO for Flink. */
public final class Tagging {

  /**
   * The spans in the order of the text, none overlapping; empty if there are none, null if the row
   * could not be inferred.
   */
  public TextSpan @Nullable [] spans;

  /** For Flink. */
  public Tagging() {}

  Tagging(TextSpan[] spans) {
    this.spans = spans;
  }

  @Override
  public String toString() {
    return Arrays.toString(spans);
  }
}
