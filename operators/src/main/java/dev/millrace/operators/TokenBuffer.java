package dev.millrace.operators;

import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Token ids of texts that wait for their batch, one text after another, off-heap. It grows to what
 * the largest batch needed and is reused.
 */
final class TokenBuffer implements AutoCloseable {

  private static final long INITIAL_BYTES = 4096;

  private final BufferAllocator allocator;
  private ArrowBuf ids;
  private long address;
  private int capacity;
  private int size;

  /** Where the ids begin whose token type is 1. */
  private int second = Integer.MAX_VALUE;

  TokenBuffer(BufferAllocator allocator) {
    this.allocator = allocator;
    this.ids = allocator.buffer(INITIAL_BYTES);
    use(ids);
  }

  void append(long[] values) {
    for (long value : values) {
      append(value);
    }
  }

  void append(long value) {
    if (size == capacity) {
      grow();
    }
    // The buffer's own setter checks bounds and references for each value.
    MemoryUtil.putLong(address + (long) size * Long.BYTES, value);
    size++;
  }

  private void grow() {
    ArrowBuf larger = allocator.buffer(ids.capacity() * 2);
    larger.setBytes(0, ids, 0, (long) size * Long.BYTES);
    ids.close();
    use(larger);
  }

  private void use(ArrowBuf buffer) {
    ids = buffer;
    address = buffer.memoryAddress();
    capacity = (int) Math.min(Integer.MAX_VALUE, buffer.capacity() / Long.BYTES);
  }

  /** The id at a place. */
  long get(int index) {
    Objects.checkIndex(index, size);
    return MemoryUtil.getLong(address + (long) index * Long.BYTES);
  }

  /** From here on ids are of the second of two texts. */
  void beginSecond() {
    second = size;
  }

  /** Where those of the second of two texts begin; beyond all of them if there is none. */
  int secondFrom() {
    return second;
  }

  /** Takes ids out of the middle; those behind them move up. */
  void remove(int from, int count) {
    int behind = from + count;
    Objects.checkFromToIndex(from, behind, size);
    MemoryUtil.copyMemory(
        address + (long) behind * Long.BYTES,
        address + (long) from * Long.BYTES,
        (long) (size - behind) * Long.BYTES);
    size -= count;
    if (second != Integer.MAX_VALUE && second >= behind) {
      second -= count;
    }
  }

  /** Drops the last ids until this many are left. */
  void shrinkTo(int count) {
    size = count;
  }

  /** How many ids there are. */
  int size() {
    return size;
  }

  /** Copies {@code count} ids from {@code start} to a place of another buffer. */
  void copyTo(int start, int count, ArrowBuf target, long targetIndex) {
    target.setBytes(targetIndex, ids, (long) start * Long.BYTES, (long) count * Long.BYTES);
  }

  /** Copies {@code count} ids from {@code start} to memory that the caller knows to hold them. */
  void copyTo(int start, int count, long targetAddress) {
    Objects.checkFromIndexSize(start, count, size);
    MemoryUtil.copyMemory(
        address + (long) start * Long.BYTES, targetAddress, (long) count * Long.BYTES);
  }

  void clear() {
    size = 0;
    second = Integer.MAX_VALUE;
  }

  @Override
  public void close() {
    ids.close();
  }
}
