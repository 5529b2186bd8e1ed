package dev.millrace.operators;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;

/**
 * One row's vector where the model wrote it. It moves from row to row and ends with its batch: do
 * not keep it.
 */
public final class EmbeddingView {

  private final ArrowBuf values;
  private final int dimension;
  private int row;

  EmbeddingView(FixedSizeListVector column) {
    this.values = column.getDataVector().getDataBuffer();
    this.dimension = column.getListSize();
  }

  EmbeddingView at(int newRow) {
    this.row = newRow;
    return this;
  }

  /** How many floats the vector has. */
  public int dimension() {
    return dimension;
  }

  /** The float at {@code index}, from 0. */
  public float get(int index) {
    return values.getFloat(((long) row * dimension + index) * Float.BYTES);
  }

  /** Copies the vector onto the heap. */
  public float[] toArray() {
    float[] array = new float[dimension];
    values
        .nioBuffer((long) row * dimension * Float.BYTES, dimension * Float.BYTES)
        .order(java.nio.ByteOrder.nativeOrder())
        .asFloatBuffer()
        .get(array);
    return array;
  }
}
