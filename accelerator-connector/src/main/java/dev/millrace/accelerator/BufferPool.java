package dev.millrace.accelerator;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Memory that was given back and waits to be used again, so that the hot path neither asks the C
 * allocator nor touches fresh pages. It holds powers of two, the sizes that Arrow asks for, and the
 * one given back last is used again first: it is the one that the processor's caches may still
 * hold.
 *
 * <p>Safe for use by several threads.
 */
final class BufferPool {

  /** A buffer takes at most this part of the bound, so that it leaves room for others. */
  private static final int LEAST_BUFFERS = 4;

  private volatile long limit;
  private final LongConsumer free;
  private final Stack[] stacks = new Stack[Long.SIZE];
  private final AtomicLong bytes = new AtomicLong();

  /**
   * @param limit the most bytes that may wait; 0 or less for none
   * @param free frees the memory at an address
   */
  BufferPool(long limit, LongConsumer free) {
    this.limit = limit;
    this.free = free;
    Arrays.setAll(stacks, power -> new Stack(1L << power));
  }

  /**
   * An address of memory of this very size, which the caller owns from then on; 0 if none waits.
   */
  long take(long size) {
    if (!isPooled(size)) {
      return 0;
    }
    long address = stackOf(size).pop();
    if (address != 0) {
      bytes.addAndGet(-size);
    }
    return address;
  }

  /** Takes memory over: keeps it, or frees it if it is not of a size that is kept. */
  void give(long address, long size) {
    if (!isPooled(size)) {
      free.accept(address);
      return;
    }
    stackOf(size).push(address);
    reclaim(bytes.addAndGet(size) - limit);
  }

  private boolean isPooled(long size) {
    return size > 0 && size <= limit / LEAST_BUFFERS && Long.bitCount(size) == 1;
  }

  private Stack stackOf(long size) {
    return stacks[Long.numberOfTrailingZeros(size)];
  }

  /**
   * Frees at least so many bytes of what waits, or all of it. The size that has the most bytes
   * waiting gives first: what is in use does not wait, so that is the one in least demand.
   */
  void reclaim(long wanted) {
    long left = wanted;
    while (left > 0) {
      Stack fullest = fullest();
      if (fullest == null) {
        return;
      }
      long address = fullest.pop();
      // Another thread may have been quicker.
      if (address != 0) {
        bytes.addAndGet(-fullest.size);
        left -= fullest.size;
        free.accept(address);
      }
    }
  }

  private @Nullable Stack fullest() {
    Stack fullest = null;
    long most = 0;
    for (Stack stack : stacks) {
      long waiting = stack.bytes();
      if (waiting > most) {
        fullest = stack;
        most = waiting;
      }
    }
    return fullest;
  }

  /** Frees what waits, and from now on what is given back. */
  void close() {
    limit = 0;
    reclaim(Long.MAX_VALUE);
  }

  /** Bytes that wait, but for what other threads are giving or taking right now. */
  long bytes() {
    return bytes.get();
  }

  /** Addresses of memory of one size. */
  private static final class Stack {
    final long size;
    private long[] addresses = new long[16];
    private int count;

    Stack(long size) {
      this.size = size;
    }

    synchronized long bytes() {
      return count * size;
    }

    synchronized long pop() {
      return count == 0 ? 0 : addresses[--count];
    }

    synchronized void push(long address) {
      if (count == addresses.length) {
        addresses = Arrays.copyOf(addresses, count * 2);
      }
      addresses[count++] = address;
    }
  }
}
