package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** Looks whether an answer has the form that was promised. One look for each batch. */
final class AnswerCheck {

  private AnswerCheck() {}

  /**
   * What is wrong with an answer, as the end of a sentence that begins with the accelerator; null
   * if nothing is.
   *
   * @param name the column that was promised
   * @param rows rows that were asked for
   * @param dimension numbers in a vector
   */
  static @Nullable String problem(ArrowBatch answer, String name, int rows, int dimension) {
    if (answer.rowCount() != rows) {
      return "answered " + answer.rowCount() + " rows to a batch of " + rows + ".";
    }
    FieldVector column = answer.column(name);
    if (column == null) {
      return "answered without a column '" + name + "'.";
    }
    if (column instanceof FixedSizeListVector vectors
        && vectors.getListSize() == dimension
        && vectors.getDataVector() instanceof Float4Vector
        && vectors.getValueCount() == rows) {
      return null;
    }
    return "answered with "
        + column.getValueCount()
        + " vectors of the type "
        + column.getField()
        + ", and "
        + rows
        + " of "
        + dimension
        + " float32 each were promised.";
  }
}
