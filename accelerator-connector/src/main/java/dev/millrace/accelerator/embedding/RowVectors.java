package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.apache.arrow.memory.ArrowBuf;

/** What is done to vectors that lie row after row in memory, where no graph does it. */
public final class RowVectors {

  /** Below it a vector is not scaled, as in sentence-transformers. */
  private static final double LEAST_LENGTH = 1e-12;

  private RowVectors() {}

  /** Scales each vector to length 1, in place. */
  public static void normalize(ArrowBuf data, int firstRow, int rows, int dimensions) {
    FloatBuffer floats = floats(data, firstRow, rows, dimensions);
    float[] vector = new float[dimensions];
    for (int row = 0; row < rows; row++) {
      floats.get(row * dimensions, vector);
      double squares = 0;
      for (float value : vector) {
        squares += (double) value * value;
      }
      float scale = (float) (1 / Math.max(LEAST_LENGTH, Math.sqrt(squares)));
      for (int i = 0; i < dimensions; i++) {
        vector[i] *= scale;
      }
      floats.put(row * dimensions, vector);
    }
  }

  /**
   * Refuses vectors that hold NaN or infinity.
   *
   * @throws AcceleratorException of category OUTPUT, that names the row
   */
  public static void requireFinite(ArrowBuf data, int firstRow, int rows, int dimensions) {
    requireFinite(data, firstRow, rows, dimensions, dimensions);
  }

  /**
   * The same for rows that have more numbers than are looked at.
   *
   * @param dimensions of each row that are looked at
   * @param stride numbers from one row's first to the next row's; as many as dimensions, unless it
   *     is one row
   */
  public static void requireFinite(
      ArrowBuf data, int firstRow, int rows, int dimensions, int stride) {
    var words =
        data.nioBuffer((long) firstRow * stride * Float.BYTES, rows * dimensions * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    int first = new FiniteCheck().firstNotFinite(words);
    if (first >= 0) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "the answer for row "
              + (firstRow + first / dimensions)
              + " holds "
              + Float.intBitsToFloat(words.get(first))
              + (rows == 1 ? "" : ", in a run of rows " + firstRow + " to " + (firstRow + rows - 1))
              + ". Is the model's precision fit for this accelerator?");
    }
  }

  static FloatBuffer floats(ArrowBuf data, int firstRow, int rows, int dimensions) {
    return bytes(data, firstRow, rows, dimensions).asFloatBuffer();
  }

  private static ByteBuffer bytes(ArrowBuf data, int firstRow, int rows, int dimensions) {
    int rowBytes = dimensions * Float.BYTES;
    return data.nioBuffer((long) firstRow * rowBytes, rows * rowBytes)
        .order(ByteOrder.nativeOrder());
  }
}
