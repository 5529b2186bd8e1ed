package dev.millrace.accelerator;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Memory from the C allocator, moved up to the next multiple of 64 bytes. Arrow's own managers
 * promise 16 only.
 */
final class AlignedAllocationManager extends AllocationManager {

  static final int ALIGNMENT = 64;

  static final AllocationManager.Factory FACTORY =
      new AllocationManager.Factory() {
        private final ArrowBuf empty =
            new ArrowBuf(ReferenceManager.NO_OP, null, 0, MemoryUtil.allocateMemory(0));

        @Override
        public AllocationManager create(BufferAllocator accountingAllocator, long size) {
          return new AlignedAllocationManager(accountingAllocator, size);
        }

        @Override
        public ArrowBuf empty() {
          return empty;
        }
      };

  private final long size;
  private final long allocatedAddress;
  private final long alignedAddress;

  private AlignedAllocationManager(BufferAllocator accountingAllocator, long size) {
    super(accountingAllocator);
    this.size = size;
    this.allocatedAddress = MemoryUtil.allocateMemory(size + ALIGNMENT);
    this.alignedAddress = (allocatedAddress + ALIGNMENT - 1) & -ALIGNMENT;
  }

  @Override
  public long getSize() {
    return size;
  }

  @Override
  protected long memoryAddress() {
    return alignedAddress;
  }

  @Override
  protected void release0() {
    MemoryUtil.freeMemory(allocatedAddress);
  }
}
