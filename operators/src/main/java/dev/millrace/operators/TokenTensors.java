package dev.millrace.operators;

import dev.millrace.accelerator.MemoryScope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a subtask's batches, used again and again: a tensor comes back when the last
 * reference to its batch is closed, on whichever thread that is.
 *
 * <p>What is kept is bounded in bytes; what comes back beyond that, or after {@link #close()}, is
 * freed.
 */
final class TokenTensors implements AutoCloseable {

  private final MemoryScope scope;
  private final long mostBytes;
  private final boolean ofPairs;
  private final Map<Integer, Deque<TokenTensor>> spare = new HashMap<>();
  private long bytes;
  private boolean closed;

  /**
   * @param scope where tensors are allocated; borrowed
   * @param mostBytes the most that is kept for use again
   * @param ofPairs whether rows are pairs of texts, which token types tell apart
   */
  TokenTensors(MemoryScope scope, long mostBytes, boolean ofPairs) {
    this.scope = scope;
    this.mostBytes = mostBytes;
    this.ofPairs = ofPairs;
  }

  /** An empty tensor that takes so many rows or more. Whoever takes it gives it back. */
  TokenTensor take(int width, int rows) {
    TokenTensor found = takeSpare(width, rows);
    return found == null ? new TokenTensor(this, scope, width, rows, ofPairs) : found;
  }

  private synchronized @Nullable TokenTensor takeSpare(int width, int rows) {
    Deque<TokenTensor> ofWidth = spare.get(width);
    if (ofWidth == null) {
      return null;
    }
    for (TokenTensor found = ofWidth.poll(); found != null; found = ofWidth.poll()) {
      bytes -= found.bytes();
      if (found.capacity() >= rows) {
        return found;
      }
      found.free();
    }
    return null;
  }

  void giveBack(TokenTensor tensor) {
    if (!keep(tensor)) {
      tensor.free();
    }
  }

  private synchronized boolean keep(TokenTensor tensor) {
    if (closed || bytes + tensor.bytes() > mostBytes) {
      return false;
    }
    tensor.clear();
    bytes += tensor.bytes();
    spare.computeIfAbsent(tensor.width(), unused -> new ArrayDeque<>()).push(tensor);
    return true;
  }

  /** Frees what is kept; tensors that are in use are freed when they come back. */
  @Override
  public synchronized void close() {
    closed = true;
    spare.values().forEach(ofWidth -> ofWidth.forEach(TokenTensor::free));
    spare.clear();
    bytes = 0;
  }
}
