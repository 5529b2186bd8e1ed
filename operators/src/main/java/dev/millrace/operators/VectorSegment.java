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

  // An entry: the hash, how many units the text has, whether it was found, the vector, the text.
  private static final int LENGTH_AT = 8;
  private static final int FOUND_AT = 12;
  private static final int VECTOR_AT = 16;

  private final int dimension;
  private final long capacity;
  private final ArrowBuf memory;
  private final FloatBuffer floats;
  private final long address;
  private long end;

  VectorSegment(BufferAllocator allocator, long capacity, int dimension) {
    this.dimension = dimension;
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
    MemoryUtil.putInt(address + end + FOUND_AT, 0);
    text.writeTo(address + end + textAt(dimension));
    setVector(end, vector);
    end += entryBytes(dimension, text.length());
  }

  void setVector(long entry, EmbeddingView vector) {
    vector.copyTo(memory, entry + VECTOR_AT);
  }

  boolean hasText(long entry, TextUnits text) {
    return MemoryUtil.getInt(address + entry + LENGTH_AT) == text.length()
        && text.isAt(address + entry + textAt(dimension));
  }

  /** Points a view at an entry's vector. */
  void show(long entry, EmbeddingView view) {
    view.at(memory, floats, entry + VECTOR_AT);
  }

  long hash(long entry) {
    return MemoryUtil.getLong(address + entry);
  }

  /** Bytes of an entry: the next one lies behind them. */
  long bytes(long entry) {
    return entryBytes(dimension, MemoryUtil.getInt(address + entry + LENGTH_AT));
  }

  boolean wasFound(long entry) {
    return MemoryUtil.getInt(address + entry + FOUND_AT) != 0;
  }

  void setFound(long entry, boolean found) {
    MemoryUtil.putInt(address + entry + FOUND_AT, found ? 1 : 0);
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
