package dev.millrace.operators;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * One row's vector, or scores, where the model wrote it. It moves from row to row and ends with its
 * batch: do not keep it.
 */
public final class EmbeddingView {

  private int dimension;
  private @Nullable ArrowBuf values;

  /** The whole of {@link #values}, made when first needed: a batch has many rows. */
  private @Nullable FloatBuffer floats;

  private long offset;
  private @Nullable HeldAnswer held;

  /** A view of vectors of so many floats. It must be pointed at one before it is read. */
  EmbeddingView(int dimension) {
    this.dimension = dimension;
  }

  /** Points at the vector that begins at a place, a multiple of four, of borrowed memory. */
  EmbeddingView at(ArrowBuf newValues, long byteOffset) {
    if (!newValues.equals(values)) {
      values = newValues;
      floats = null;
    }
    offset = byteOffset;
    held = null;
    return this;
  }

  /** Points at the vector that begins at a place of an answer that is held. */
  EmbeddingView at(HeldAnswer answer, long byteOffset) {
    values = answer.values();
    floats = null;
    offset = byteOffset;
    held = answer;
    return this;
  }

  /** The answer that the vector is in, where that can be held beyond the call. */
  @Nullable HeldAnswer held() {
    return held;
  }

  /** Where the vector begins in the memory that it is in. */
  long offset() {
    return offset;
  }

  /** The same, at one of another length. */
  EmbeddingView at(ArrowBuf newValues, long byteOffset, int newDimension) {
    dimension = newDimension;
    return at(newValues, byteOffset);
  }

  /** The same, with all of that memory as {@link #floatsOf} gives it, so that nothing is made. */
  EmbeddingView at(ArrowBuf newValues, FloatBuffer newFloats, long byteOffset, int newDimension) {
    dimension = newDimension;
    values = newValues;
    floats = newFloats;
    offset = byteOffset;
    held = null;
    return this;
  }

  /** All of a buffer as floats. */
  static FloatBuffer floatsOf(ArrowBuf buffer) {
    return buffer
        .nioBuffer(0, Math.toIntExact(buffer.capacity()))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** How many floats the vector has. */
  public int dimension() {
    return dimension;
  }

  /** The float at {@code index}, from 0. */
  public float get(int index) {
    Objects.checkIndex(index, dimension);
    return values().getFloat(offset + (long) index * Float.BYTES);
  }

  /** What is at {@code index} where that is an integer. */
  int bits(int index) {
    Objects.checkIndex(index, dimension);
    return values().getInt(offset + (long) index * Float.BYTES);
  }

  /** Copies the vector onto the heap. */
  public float[] toArray() {
    float[] array = new float[dimension];
    copyTo(array, 0);
    return array;
  }

  /**
   * Copies the vector into an array.
   *
   * @param at where its first float goes
   * @throws IndexOutOfBoundsException if the array does not hold it from there
   */
  public void copyTo(float[] target, int at) {
    // Memory that was given back is noticed here, and not by the floats.
    values().checkBytes(offset, offset + (long) dimension * Float.BYTES);
    if (floats == null) {
      floats = held == null ? floatsOf(values()) : held.floats();
    }
    floats.get((int) (offset / Float.BYTES), target, at, dimension);
  }

  /** Copies the vector to a place of other memory. */
  void copyTo(ArrowBuf target, long targetOffset) {
    long bytes = (long) dimension * Float.BYTES;
    values().checkBytes(offset, offset + bytes);
    target.checkBytes(targetOffset, targetOffset + bytes);
    MemoryUtil.copyMemory(
        values().memoryAddress() + offset, target.memoryAddress() + targetOffset, bytes);
  }

  private ArrowBuf values() {
    return Objects.requireNonNull(values, "The view points at no vector.");
  }
}
