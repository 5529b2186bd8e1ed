package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.MemoryScope;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * Memory that reads as zeros, shared by all runs of a session: the token type ids of texts that
 * stand alone.
 */
public final class ZeroTokens implements AutoCloseable {

  private final MemoryScope scope;
  private @Nullable ArrowBuf zeros;
  private boolean closed;

  /**
   * @param scope where they are allocated; borrowed
   */
  public ZeroTokens(MemoryScope scope) {
    this.scope = scope;
  }

  /** At least so many bytes of zeros. The caller closes the buffer, and does not write into it. */
  public synchronized ArrowBuf acquire(long bytes) {
    if (closed) {
      throw new IllegalStateException("The zeros of " + scope.name() + " are given back.");
    }
    ArrowBuf current = zeros;
    if (current == null || current.capacity() < bytes) {
      ArrowBuf larger = scope.allocator().buffer(bytes);
      larger.setZero(0, larger.capacity());
      if (current != null) {
        // Runs under way hold it until they end.
        current.close();
      }
      zeros = larger;
      current = larger;
    }
    current.getReferenceManager().retain();
    return current;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (zeros != null) {
      zeros.close();
      zeros = null;
    }
  }
}
