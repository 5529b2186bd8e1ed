package dev.millrace.accelerator;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A named share of the process's off-heap memory.
 *
 * <p>Its owner closes it. A batch that is still in a device's hands then keeps it alive: the memory
 * goes back when the last batch has gone, on whichever thread closes it. What is still held at that
 * moment by anything but a batch is a leak, and {@link IllegalStateException} names the scope and
 * the bytes.
 *
 * <p>Safe for use by several threads.
 */
public final class MemoryScope implements AutoCloseable {

  private final BufferAllocator allocator;
  private final AtomicInteger holders = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private MemoryScope(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * Opens a scope. The caller owns it.
   *
   * @param name what errors call it, for example {@code embed (2/4)}
   */
  public static MemoryScope open(String name) {
    return open(name, OffHeapMemory.limitBytes());
  }

  /**
   * Opens a scope with a bound of its own. The caller owns it.
   *
   * @param name what errors call it
   * @param limitBytes the most that the scope may hold; an allocation over it throws {@link
   *     org.apache.arrow.memory.OutOfMemoryException}
   */
  public static MemoryScope open(String name, long limitBytes) {
    return new MemoryScope(OffHeapMemory.root().newChildAllocator(name, 0, limitBytes));
  }

  /** The allocator of this scope. Do not close it; close the scope. */
  public BufferAllocator allocator() {
    return allocator;
  }

  /** The name that the scope was opened with. */
  public String name() {
    return allocator.getName();
  }

  void hold() {
    if (holders.getAndUpdate(holding -> holding == 0 ? 0 : holding + 1) == 0) {
      throw new IllegalStateException(
          "The memory scope '" + name() + "' is closed. Open one for as long as it is used.");
    }
  }

  void drop() {
    if (holders.decrementAndGet() == 0) {
      long leaked = allocator.getAllocatedMemory();
      if (leaked > 0) {
        // The allocator stays open: buffers of a closed one could not be given back any more.
        throw new IllegalStateException(
            "The memory scope '"
                + name()
                + "' is closed, and "
                + leaked
                + " bytes of it are held by something that is not a batch. Close its vectors and"
                + " buffers first.");
      }
      allocator.close();
    }
  }

  /** Gives up the owner's hold. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      drop();
    }
  }

  @Override
  public String toString() {
    return "MemoryScope[" + name() + ", " + allocator.getAllocatedMemory() + " bytes]";
  }
}
