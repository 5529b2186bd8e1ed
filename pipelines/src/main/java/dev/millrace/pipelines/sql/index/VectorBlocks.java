package dev.millrace.pipelines.sql.index;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Vectors of one length, off-heap, in blocks in which the first numbers of all vectors come first,
 * then the second ones, and so on: so a loop over the vectors of a block is one that the compiler
 * makes vector instructions of.
 *
 * <p>Written by one thread; then read by any.
 */
final class VectorBlocks implements AutoCloseable {

  /** Vectors in a block. */
  static final int ITEMS = 256;

  private final BufferAllocator allocator;
  private final int dimension;
  private final List<ArrowBuf> blocks = new ArrayList<>();
  private final List<FloatBuffer> floats = new ArrayList<>();
  private int size;

  VectorBlocks(BufferAllocator allocator, int dimension) {
    this.allocator = allocator;
    this.dimension = dimension;
  }

  void add(float[] vector) {
    int place = size % ITEMS;
    if (place == 0) {
      ArrowBuf block = allocator.buffer((long) ITEMS * dimension * Float.BYTES);
      blocks.add(block);
      block.setZero(0, block.capacity());
      floats.add(
          block
              .nioBuffer(0, ITEMS * dimension * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer());
    }
    FloatBuffer block = floats.get(size / ITEMS);
    for (int i = 0; i < dimension; i++) {
      block.put(i * ITEMS + place, vector[i]);
    }
    size++;
  }

  int size() {
    return size;
  }

  int dimension() {
    return dimension;
  }

  int blocks() {
    return blocks.size();
  }

  /** How many vectors are in a block. */
  int itemsIn(int block) {
    return Math.min(ITEMS, size - block * ITEMS);
  }

  /** Copies a block as it lies. */
  void copyTo(int block, float[] target) {
    floats.get(block).get(0, target, 0, ITEMS * dimension);
  }

  float[] get(int item) {
    float[] vector = new float[dimension];
    FloatBuffer block = floats.get(item / ITEMS);
    for (int i = 0; i < dimension; i++) {
      vector[i] = block.get(i * ITEMS + item % ITEMS);
    }
    return vector;
  }

  @Override
  public void close() {
    blocks.forEach(ArrowBuf::close);
    blocks.clear();
    floats.clear();
  }
}
