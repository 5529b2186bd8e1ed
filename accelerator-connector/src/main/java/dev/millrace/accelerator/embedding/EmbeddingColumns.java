package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a session's answers are written into, used again and again: a column comes back
 * when the last reference to its batch is closed. What is kept is bounded in bytes.
 */
public final class EmbeddingColumns implements AutoCloseable {

  private static final long MOST_BYTES = 16L << 20;
  private static final int LEAST_ROWS = 16;

  private final MemoryScope scope;
  private final String name;
  private final int dimensions;

  /** By the power of two that their capacity is. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private final Deque<EmbeddingColumn>[] spare = new Deque[Integer.SIZE];

  private long bytes;
  private boolean closed;

  /**
   * @param scope where columns are allocated; borrowed
   */
  public EmbeddingColumns(MemoryScope scope, int dimensions) {
    this(scope, TextColumns.EMBEDDING, dimensions);
  }

  /**
   * @param scope where columns are allocated; borrowed
   * @param name what the columns are called
   */
  public EmbeddingColumns(MemoryScope scope, String name, int dimensions) {
    this.scope = scope;
    this.name = name;
    this.dimensions = dimensions;
    for (int power = 0; power < spare.length; power++) {
      spare[power] = new ArrayDeque<>();
    }
  }

  /**
   * The same, of vectors of another length: such a column is made as it is asked for, since there
   * are as many lengths as there are widths of batches.
   */
  public EmbeddingColumn take(int rows, int length) {
    return length == dimensions
        ? take(rows)
        : new EmbeddingColumn(this, scope, name, Math.max(1, rows), length).ofRows(rows);
  }

  /** A column of so many vectors, which are yet to be written. Whoever takes it gives it back. */
  public EmbeddingColumn take(int rows) {
    int power = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(LEAST_ROWS, rows) - 1);
    // A large one is made as it is asked for: twice as much of it would be too much.
    boolean large = (((long) dimensions * Float.BYTES) << power) > MOST_BYTES;
    EmbeddingColumn found = large ? null : poll(power);
    if (found == null) {
      found = new EmbeddingColumn(this, scope, name, large ? rows : 1 << power, dimensions);
    }
    return found.ofRows(rows);
  }

  private synchronized @Nullable EmbeddingColumn poll(int power) {
    EmbeddingColumn found = spare[power].poll();
    if (found != null) {
      bytes -= found.bytes();
    }
    return found;
  }

  void giveBack(EmbeddingColumn column) {
    if (!keep(column)) {
      column.free();
    }
  }

  private synchronized boolean keep(EmbeddingColumn column) {
    if (closed
        || column.dimensions() != dimensions
        || Integer.bitCount(column.capacity()) != 1
        || bytes + column.bytes() > MOST_BYTES) {
      return false;
    }
    bytes += column.bytes();
    spare[Integer.numberOfTrailingZeros(column.capacity())].push(column);
    return true;
  }

  /** Frees what is kept; columns that are in use are freed when they come back. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Deque<EmbeddingColumn> ofSize : spare) {
      ofSize.forEach(EmbeddingColumn::free);
      ofSize.clear();
    }
    bytes = 0;
  }
}
