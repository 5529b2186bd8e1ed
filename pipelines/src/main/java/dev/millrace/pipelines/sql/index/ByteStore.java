package dev.millrace.pipelines.sql.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** Pieces of bytes by their number, off-heap. Written by one thread; then read by any. */
final class ByteStore implements AutoCloseable {

  private static final int CHUNK = 1 << 20;

  private final BufferAllocator allocator;
  private final List<ArrowBuf> chunks = new ArrayList<>();
  private int[] chunkOf = new int[1024];
  private int[] begins = new int[1024];
  private int[] lengths = new int[1024];
  private int size;
  private int used;

  ByteStore(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  void add(byte[] bytes, int length) {
    if (chunks.isEmpty() || used + length > chunks.get(chunks.size() - 1).capacity()) {
      chunks.add(allocator.buffer(Math.max(CHUNK, length)));
      used = 0;
    }
    if (size == begins.length) {
      chunkOf = Arrays.copyOf(chunkOf, size * 2);
      begins = Arrays.copyOf(begins, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    chunks.get(chunks.size() - 1).setBytes(used, bytes, 0, length);
    chunkOf[size] = chunks.size() - 1;
    begins[size] = used;
    lengths[size] = length;
    used += length;
    size++;
  }

  byte[] get(int piece) {
    byte[] bytes = new byte[lengths[piece]];
    chunks.get(chunkOf[piece]).getBytes(begins[piece], bytes);
    return bytes;
  }

  @Override
  public void close() {
    chunks.forEach(ArrowBuf::close);
    chunks.clear();
  }
}
