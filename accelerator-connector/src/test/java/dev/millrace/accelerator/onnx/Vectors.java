package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;

/** Reads and compares vectors. */
public final class Vectors {

  private Vectors() {}

  /** Copies the embeddings out of a batch. */
  public static List<float[]> of(ArrowBatch batch) {
    return of(batch, TextColumns.EMBEDDING);
  }

  public static List<float[]> of(ArrowBatch batch, String name) {
    FixedSizeListVector column = (FixedSizeListVector) batch.requireColumn(name);
    Float4Vector values = (Float4Vector) column.getDataVector();
    List<float[]> vectors = new ArrayList<>();
    for (int row = 0; row < batch.rowCount(); row++) {
      float[] vector = new float[column.getListSize()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values.get(row * vector.length + i);
      }
      vectors.add(vector);
    }
    return vectors;
  }

  public static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }

  public static double norm(float[] a) {
    double sum = 0;
    for (float value : a) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
