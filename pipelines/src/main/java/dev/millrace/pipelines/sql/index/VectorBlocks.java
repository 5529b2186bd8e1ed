package dev.millrace.pipelines.sql.index;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.util.Preconditions;

/**
 * Vectors of one length, off-heap, in blocks in which the first numbers of all vectors come first,
 * then the second ones, and so on: so a loop over the vectors of a block is one that the compiler
 * makes vector instructions of. They can be laid one after the other instead, for whoever reads
 * them one by one in no order.
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
  private boolean oneByOne;

  VectorBlocks(BufferAllocator allocator, int dimension) {
    this.allocator = allocator;
    this.dimension = dimension;
  }

  /** Adds a vector, as long as none was laid otherwise. */
  void add(float[] vector) {
    Preconditions.checkState(!oneByOne, "The vectors lie one by one. Add them before.");
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

  /** Copies a block, the first numbers of all its vectors first, whatever way it lies. */
  void copyBlock(int block, float[] target) {
    if (oneByOne) {
      transpose(floats.get(block), dimension, ITEMS, target);
    } else {
      floats.get(block).get(0, target, 0, ITEMS * dimension);
    }
  }

  /** Lays each vector's numbers side by side, in the memory that they have. */
  void layOneByOne() {
    float[] turned = new float[ITEMS * dimension];
    for (FloatBuffer block : floats) {
      transpose(block, ITEMS, dimension, turned);
      block.put(0, turned);
    }
    oneByOne = true;
  }

  /**
   * @param width numbers in a row of the source, which become a column of the target
   */
  private static void transpose(FloatBuffer source, int width, int height, float[] target) {
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        target[column * height + row] = source.get(row * width + column);
      }
    }
  }

  float[] get(int item) {
    float[] vector = new float[dimension];
    copyVector(item, vector);
    return vector;
  }

  /** Copies one vector. */
  void copyVector(int item, float[] target) {
    FloatBuffer block = floats.get(item / ITEMS);
    int place = item % ITEMS;
    if (oneByOne) {
      block.get(place * dimension, target, 0, dimension);
      return;
    }
    for (int i = 0; i < dimension; i++) {
      target[i] = block.get(i * ITEMS + place);
    }
  }

  @Override
  public void close() {
    blocks.forEach(ArrowBuf::close);
    blocks.clear();
    floats.clear();
  }
}
