package dev.millrace.operators;

import java.nio.FloatBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * One piece of a {@link VectorCache}'s memory: entries, each at an offset that is a multiple of
 * eight.
 */
final class VectorSegment implements AutoCloseable {

  // An entry: the hash, how many units the text has, how many floats the vector has and, in the
  // lowest bit, whether it was found; the vector, the text.
  private static final int LENGTH_AT = 8;
  private static final int FOUND_AT = 12;
  private static final int FOUND = 1;
  private static final int VECTOR_AT = 16;

  private final int leastDimension;
  private final long capacity;
  private final ArrowBuf memory;
  private final FloatBuffer floats;
  private final long address;
  private long end;

  /**
   * @param leastDimension floats that every entry has room for, also where its vector is shorter
   */
  VectorSegment(BufferAllocator allocator, long capacity, int leastDimension) {
    this.leastDimension = leastDimension;
    this.capacity = capacity;
    this.memory = allocator.buffer(capacity);
    this.floats = EmbeddingView.floatsOf(memory);
    this.address = memory.memoryAddress();
  }

  /** Bytes of the entry of a text of so many units. */
  static long entryBytes(int dimension, int length) {
    return textAt(dimension) + TextUnits.writtenBytes(length);
  }

  private static long textAt(int dimension) {
    return VECTOR_AT + ((long) dimension * Float.BYTES + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }

  boolean hasRoom(long bytes) {
    return end + bytes <= capacity;
  }

  /** Where the next entry goes. */
  long end() {
    return end;
  }

  /** Writes an entry, for which there must be room, at {@link #end}. */
  void append(long hash, TextUnits text, EmbeddingView vector) {
    MemoryUtil.putLong(address + end, hash);
    MemoryUtil.putInt(address + end + LENGTH_AT, text.length());
    MemoryUtil.putInt(address + end + FOUND_AT, vector.dimension() << FOUND);
    text.writeTo(address + end + textAt(room(end)));
    vector.copyTo(memory, end + VECTOR_AT);
    end += bytes(end);
  }

  /** Overwrites an entry's vector, if the other is as long. */
  void setVector(long entry, EmbeddingView vector) {
    if (vector.dimension() == dimension(entry)) {
      vector.copyTo(memory, entry + VECTOR_AT);
    }
  }

  private int dimension(long entry) {
    return MemoryUtil.getInt(address + entry + FOUND_AT) >>> FOUND;
  }

  private int room(long entry) {
    return Math.max(leastDimension, dimension(entry));
  }

  boolean hasText(long entry, TextUnits text) {
    return MemoryUtil.getInt(address + entry + LENGTH_AT) == text.length()
        && text.isAt(address + entry + textAt(room(entry)));
  }

  /** Points a view at an entry's vector. */
  void show(long entry, EmbeddingView view) {
    view.at(memory, floats, entry + VECTOR_AT, dimension(entry));
  }

  long hash(long entry) {
    return MemoryUtil.getLong(address + entry);
  }

  /** Bytes of an entry: the next one lies behind them. */
  long bytes(long entry) {
    return entryBytes(room(entry), MemoryUtil.getInt(address + entry + LENGTH_AT));
  }

  boolean wasFound(long entry) {
    return (MemoryUtil.getInt(address + entry + FOUND_AT) & FOUND) != 0;
  }

  void setFound(long entry, boolean found) {
    MemoryUtil.putInt(address + entry + FOUND_AT, dimension(entry) << FOUND | (found ? FOUND : 0));
  }

  /** Forgets all entries. They can still be read, until something is written over them. */
  void rewind() {
    end = 0;
  }

  /** Moves an entry of before {@link #rewind} to {@link #end}, which must not lie behind it. */
  void carryOver(long entry) {
    long bytes = bytes(entry);
    MemoryUtil.copyMemory(address + entry, address + end, bytes);
    end += bytes;
  }

  @Override
  public void close() {
    memory.close();
  }
}
