package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model.Activation;
import dev.millrace.accelerator.embedding.RowScores;
import org.apache.arrow.memory.ArrowBuf;

/**
 * What is made of a classifier's numbers.
 *
 * @param activation by which the model's raw numbers become scores
 * @param raw whether the server gives them raw; else it has activated them
 */
record RouteScores(Activation activation, boolean raw) {

  /** What 16-bit floats may add to a probability. */
  static final float SLACK = 0.01f;

  /**
   * Makes scores of the numbers of some rows, in place.
   *
   * @param width numbers of each row
   * @param labels of each text or token
   */
  void finish(ArrowBuf numbers, int rows, int width, int labels) {
    if (raw) {
      RowScores.activate(numbers, 0, rows * (width / labels), labels, activation);
    } else if (activation != Activation.NONE) {
      for (int i = 0; i < rows * width; i++) {
        float score = numbers.getFloat((long) i * Float.BYTES);
        if (score < -SLACK || score > 1 + SLACK) {
          throw new AcceleratorException(
              Category.OUTPUT,
              "the answer for row "
                  + i / width
                  + " has the score "
                  + score
                  + ", which is no "
                  + activation
                  + ". If the server gives raw numbers, write scores=raw.");
        }
      }
    }
  }
}
