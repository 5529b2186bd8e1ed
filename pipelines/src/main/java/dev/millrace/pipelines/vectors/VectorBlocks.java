package dev.millrace.pipelines.vectors;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Vectors of one length, off-heap, in blocks in which the first numbers of all vectors come first,
 * then the second ones, and so on: so a loop over the vectors of a block is one that the compiler
 * makes vector instructions of. They can be laid one after the other instead, for whoever reads
 * them one by one in no order.
 *
 * <p>Its owner closes it. Written by one thread; then read by any.
 */
public final class VectorBlocks implements AutoCloseable {

  /** Vectors in a block: a few KiB of sums, which stay in the first-level cache. */
  public static final int ITEMS = 256;

  private final BufferAllocator allocator;
  private final int dimension;
  private final List<ArrowBuf> blocks = new ArrayList<>();
  private final List<FloatBuffer> floats = new ArrayList<>();
  private int size;
  private boolean oneByOne;

  /**
   * Without any vectors, and without memory yet.
   *
   * @param allocator of the blocks; it stays the caller's
   * @param dimension numbers in each vector
   */
  public VectorBlocks(BufferAllocator allocator, int dimension) {
    this.allocator = allocator;
    this.dimension = dimension;
  }

  /**
   * Adds a vector, which gets the next number from 0 on.
   *
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator may give no more
   */
  public void add(float[] vector) {
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
    size++;
    set(size - 1, vector);
  }

  /** Puts another vector in the place of one. */
  public void set(int item, float[] vector) {
    FloatBuffer block = floats.get(item / ITEMS);
    if (oneByOne) {
      block.put(item % ITEMS * dimension, vector, 0, dimension);
      return;
    }
    for (int i = 0; i < dimension; i++) {
      block.put(i * ITEMS + item % ITEMS, vector[i]);
    }
  }

  /** How many vectors there are. */
  public int size() {
    return size;
  }

  /** Numbers in each vector. */
  public int dimension() {
    return dimension;
  }

  /** How many blocks there are. */
  public int blocks() {
    return blocks.size();
  }

  /** How many vectors are in a block. */
  public int itemsIn(int block) {
    return Math.min(ITEMS, size - block * ITEMS);
  }

  /**
   * Copies a block, the first numbers of all its vectors first, whatever way it lies.
   *
   * @param target of {@link #ITEMS} vectors
   */
  public void copyBlock(int block, float[] target) {
    if (oneByOne) {
      transpose(floats.get(block), dimension, ITEMS, target);
    } else {
      floats.get(block).get(0, target, 0, ITEMS * dimension);
    }
  }

  /** Lays each vector's numbers side by side, in the memory that they have, and those to come. */
  public void layOneByOne() {
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

  /** A copy of one vector. */
  public float[] get(int item) {
    float[] vector = new float[dimension];
    copyVector(item, vector);
    return vector;
  }

  /** Copies one vector. */
  public void copyVector(int item, float[] target) {
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

  /**
   * The inner products of the vectors of a block with one, whatever way it lies: the same bits.
   *
   * @param room of {@link #ITEMS} vectors, overwritten
   * @param products {@link #ITEMS} of them, those behind the block's vectors without meaning
   */
  public void multiply(int block, float[] vector, float[] room, float[] products) {
    if (!oneByOne) {
      copyBlock(block, room);
      multiply(room, vector, products);
      return;
    }
    FloatBuffer source = floats.get(block);
    float[] one = new float[dimension];
    for (int i = 0; i < itemsIn(block); i++) {
      source.get(i * dimension, one);
      products[i] = product(one, vector);
    }
  }

  /**
   * The inner products of the vectors of a block with one. Four numbers at a time, since each pass
   * reads and writes all sums, which become vector instructions.
   *
   * @param block as {@link #copyBlock} copies it
   * @param products {@link #ITEMS} of them, those behind the block's vectors without meaning
   */
  public static void multiply(float[] block, float[] vector, float[] products) {
    Arrays.fill(products, 0);
    int d = 0;
    for (; d + 4 <= vector.length; d += 4) {
      addScaled(vector[d], vector[d + 1], vector[d + 2], vector[d + 3], block, d * ITEMS, products);
    }
    for (; d < vector.length; d++) {
      addScaled(vector[d], block, d * ITEMS, products);
    }
  }

  /** By itself, so that the loop compiles to vector instructions. */
  private static void addScaled(
      float a, float b, float c, float d, float[] block, int from, float[] sums) {
    for (int i = 0; i < ITEMS; i++) {
      int at = from + i;
      sums[i] +=
          a * block[at]
              + b * block[at + ITEMS]
              + c * block[at + 2 * ITEMS]
              + d * block[at + 3 * ITEMS];
    }
  }

  private static void addScaled(float factor, float[] block, int from, float[] sums) {
    for (int i = 0; i < ITEMS; i++) {
      sums[i] += factor * block[from + i];
    }
  }

  /** One inner product, with the bits that {@link #multiply} gives it. */
  public static float product(float[] one, float[] vector) {
    float sum = 0;
    int d = 0;
    for (; d + 4 <= vector.length; d += 4) {
      sum +=
          vector[d] * one[d]
              + vector[d + 1] * one[d + 1]
              + vector[d + 2] * one[d + 2]
              + vector[d + 3] * one[d + 3];
    }
    for (; d < vector.length; d++) {
      sum += vector[d] * one[d];
    }
    return sum;
  }

  @Override
  public void close() {
    blocks.forEach(ArrowBuf::close);
    blocks.clear();
    floats.clear();
  }
}
