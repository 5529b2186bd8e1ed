package dev.millrace.operators;

import java.io.Serializable;
import java.util.List;

/** Makes the row that leaves of the row that came and its spans. Called on the task's thread. */
@FunctionalInterface
public interface SpanJoiner<IN, OUT> extends Serializable {

  /**
   * Joins the two.
   *
   * @param row the row that came
   * @param spans in the order of the text, none overlapping; may be none
   */
  OUT join(IN row, List<TextSpan> spans);
}
