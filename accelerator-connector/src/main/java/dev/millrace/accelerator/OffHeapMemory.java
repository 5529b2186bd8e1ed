package dev.millrace.accelerator;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * The off-heap memory of this process: one bounded root, of which every subtask and session takes a
 * named {@link MemoryScope}.
 *
 * <p>The bound is read once from the system property {@value #LIMIT_PROPERTY} in bytes, and is 1
 * GiB without it. Every buffer starts at a multiple of 64 bytes, so that a device and the widest
 * vector instructions read it where it lies.
 *
 * <p>Memory that is given back waits in a pool to be used again, within the same bound: the pool
 * gives way to whoever needs the memory. The system property {@value #POOL_PROPERTY} bounds it, in
 * bytes, and 0 turns it off; without it the pool is a sixteenth of the whole.
 */
public final class OffHeapMemory {

  /** System property: the most bytes that all scopes of this process may hold together. */
  public static final String LIMIT_PROPERTY = "millrace.off-heap.limit";

  /** System property: the most bytes that may wait to be used again. */
  public static final String POOL_PROPERTY = "millrace.off-heap.pool";

  private static final long LIMIT = Long.getLong(LIMIT_PROPERTY, 1L << 30);

  private static final BufferPool POOL =
      new BufferPool(Long.getLong(POOL_PROPERTY, LIMIT / 16), MemoryUtil::freeMemory);

  private static final RootAllocator ROOT =
      new RootAllocator(
          RootAllocator.configBuilder()
              .allocationManagerFactory(AlignedAllocationManager.factory(POOL))
              .maxAllocation(LIMIT)
              .build());

  private OffHeapMemory() {}

  /** The root allocator. It lives as long as the process; take a {@link MemoryScope} of it. */
  static BufferAllocator root() {
    return ROOT;
  }

  /** Bytes that are held at this moment, over all scopes. */
  public static long allocatedBytes() {
    return ROOT.getAllocatedMemory();
  }

  /**
   * Bytes that wait at this moment to be used again. They are held by nobody and are no part of
   * {@link #allocatedBytes}.
   */
  public static long pooledBytes() {
    return POOL.bytes();
  }

  /** The most bytes that may be held at once, over all scopes. */
  public static long limitBytes() {
    return ROOT.getLimit();
  }

  /** Has no memory wait any more: nobody could use it again once the classes here are gone. */
  static void release() {
    POOL.close();
  }

  /** The names of the scopes that are open and the bytes each holds, for people to read. */
  public static String describe() {
    StringBuilder text = new StringBuilder();
    for (BufferAllocator child : ROOT.getChildAllocators()) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(child.getName())
          .append(": ")
          .append(child.getAllocatedMemory())
          .append(" bytes");
    }
    return text.isEmpty() ? "no scope is open" : text.toString();
  }
}
