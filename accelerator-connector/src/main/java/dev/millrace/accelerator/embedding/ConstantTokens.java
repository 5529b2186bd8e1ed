package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.MemoryScope;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * Memory that reads as one number again and again, shared by all runs of a session: zeros are the
 * token type ids of texts that stand alone, ones the mask of rows without padding. It stays where
 * it is, so tensors over it are made once.
 */
public final class ConstantTokens implements AutoCloseable {

  private final MemoryScope scope;
  private final long value;
  private @Nullable ArrowBuf tokens;
  private boolean closed;

  /**
   * @param scope where they are allocated; borrowed
   * @param value the number, as a token of 64 bits
   */
  public ConstantTokens(MemoryScope scope, long value) {
    this.scope = scope;
    this.value = value;
  }

  /** At least so many bytes. The caller closes the buffer, and does not write into it. */
  public synchronized ArrowBuf acquire(long bytes) {
    if (closed) {
      throw new IllegalStateException(
          "The constant tokens of " + scope.name() + " are given back.");
    }
    ArrowBuf current = tokens;
    if (current == null || current.capacity() < bytes) {
      ArrowBuf larger =
          scope.allocator().buffer((bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES);
      for (long at = 0; at + Long.BYTES <= larger.capacity(); at += Long.BYTES) {
        larger.setLong(at, value);
      }
      if (current != null) {
        // Runs under way hold it until they end.
        current.close();
      }
      tokens = larger;
      current = larger;
    }
    current.getReferenceManager().retain();
    return current;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (tokens != null) {
      tokens.close();
      tokens = null;
    }
  }
}
