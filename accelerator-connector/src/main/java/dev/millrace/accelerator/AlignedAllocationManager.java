package dev.millrace.accelerator;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Memory from a pool, or else from the C allocator, moved up to the next multiple of 64 bytes.
 * Arrow's own managers promise 16 only.
 */
final class AlignedAllocationManager extends AllocationManager {

  static final int ALIGNMENT = 64;

  private final BufferPool pool;
  private final long size;
  private final long allocatedAddress;

  private AlignedAllocationManager(
      BufferAllocator accountingAllocator, BufferPool pool, long size) {
    super(accountingAllocator);
    this.pool = pool;
    this.size = size;
    long waiting = pool.take(size);
    if (waiting == 0) {
      // The root counts this buffer already, and the pool's memory nowhere.
      BufferAllocator root = accountingAllocator.getRoot();
      pool.reclaim(root.getAllocatedMemory() + pool.bytes() - root.getLimit());
      waiting = MemoryUtil.allocateMemory(size + ALIGNMENT);
    }
    this.allocatedAddress = waiting;
  }

  /**
   * Makes them for a root allocator.
   *
   * @param pool of this root alone: what waits in it and what the root has given out stay within
   *     the root's limit together
   */
  static AllocationManager.Factory factory(BufferPool pool) {
    ArrowBuf empty = new ArrowBuf(ReferenceManager.NO_OP, null, 0, MemoryUtil.allocateMemory(0));
    return new AllocationManager.Factory() {
      @Override
      public AllocationManager create(BufferAllocator accountingAllocator, long size) {
        return new AlignedAllocationManager(accountingAllocator, pool, size);
      }

      @Override
      public ArrowBuf empty() {
        return empty;
      }
    };
  }

  @Override
  public long getSize() {
    return size;
  }

  @Override
  protected long memoryAddress() {
    return (allocatedAddress + ALIGNMENT - 1) & -ALIGNMENT;
  }

  @Override
  protected void release0() {
    pool.give(allocatedAddress, size);
  }
}
