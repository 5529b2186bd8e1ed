package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.Model.Activation;
import java.nio.FloatBuffer;
import org.apache.arrow.memory.ArrowBuf;

/** Makes scores of a classifier's raw numbers, where no graph does it. */
public final class RowScores {

  private RowScores() {}

  /** Replaces the numbers of some rows, in place. */
  public static void activate(
      ArrowBuf data, int firstRow, int rows, int labels, Activation activation) {
    if (activation == Activation.NONE) {
      return;
    }
    FloatBuffer floats = RowVectors.floats(data, firstRow, rows, labels);
    float[] row = new float[labels];
    for (int i = 0; i < rows; i++) {
      floats.get(i * labels, row);
      if (activation == Activation.SIGMOID) {
        sigmoid(row);
      } else {
        softmax(row);
      }
      floats.put(i * labels, row);
    }
  }

  private static void sigmoid(float[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (1 / (1 + Math.exp(-row[i])));
    }
  }

  private static void softmax(float[] row) {
    float highest = Float.NEGATIVE_INFINITY;
    for (float value : row) {
      highest = Math.max(highest, value);
    }
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value - highest);
    }
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (Math.exp(row[i] - highest) / sum);
    }
  }
}
