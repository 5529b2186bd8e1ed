package dev.millrace.accelerator;

import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * Rows as Arrow vectors in off-heap memory, with an owner.
 *
 * <p>An instance is a <em>reference</em>. It has one owner, and the owner closes it; closing twice
 * is allowed and does nothing. {@link #retain()} makes a second reference to the same memory for a
 * second owner. The memory goes back to its {@link MemoryScope} when the last reference is closed.
 * A reference that foreign code drops without closing is freed when the garbage collector finds it,
 * and counted by {@link #abandonedReferences()}: a count above 0 is a bug in the code that dropped
 * it.
 *
 * <p>Once made, a batch does not change: several threads may read it while each holds a reference.
 */
public final class ArrowBatch implements AutoCloseable {

  private static final Cleaner CLEANER = Cleaner.create();
  private static final AtomicLong ABANDONED = new AtomicLong();

  private final Contents contents;
  private final Reference reference;

  /** Null for a loan, which has nothing to free. */
  private final Cleaner.@Nullable Cleanable cleanable;

  private ArrowBatch(Contents contents) {
    this.contents = contents;
    this.reference = new Reference(contents);
    this.cleanable = CLEANER.register(this, reference);
  }

  private ArrowBatch(ArrowBatch lender) {
    this.contents = lender.contents;
    this.reference = lender.reference;
    this.cleanable = null;
  }

  /**
   * Makes a batch of {@code root}, which was allocated in {@code scope}. The batch owns the root
   * from here on, the caller owns the batch.
   */
  public static ArrowBatch own(MemoryScope scope, VectorSchemaRoot root) {
    scope.hold();
    return new ArrowBatch(
        new Contents(
            root,
            () -> {
              root.close();
              scope.drop();
            }));
  }

  /**
   * Makes a batch of vectors that are used again afterwards. They belong to the batch until its
   * last reference is closed; then {@code giveBack} is called, on whichever thread closes it. The
   * caller owns the batch.
   *
   * @param scope where {@code columns} were allocated
   * @param columns vectors of {@code rows} values each; the array is not written to any more
   */
  public static ArrowBatch lease(
      MemoryScope scope, FieldVector[] columns, int rows, Runnable giveBack) {
    scope.hold();
    return new ArrowBatch(
        new Contents(
            columns,
            rows,
            () -> {
              giveBack.run();
              scope.drop();
            }));
  }

  /**
   * The vectors. They belong to the batch: read them while you hold a reference, do not close them.
   *
   * @throws IllegalStateException if this reference is closed
   */
  public VectorSchemaRoot root() {
    requireOpen();
    return contents.root();
  }

  private void requireOpen() {
    if (reference.isClosed()) {
      throw new IllegalStateException(
          "This reference to a batch of "
              + contents.rowCount
              + " rows is closed. Call retain() before handing a batch on if you read it"
              + " afterwards.");
    }
  }

  /** Number of rows. */
  public int rowCount() {
    return contents.rowCount;
  }

  /** The column of that name, or null if there is none. It belongs to the batch. */
  public @Nullable FieldVector column(String name) {
    requireOpen();
    for (FieldVector column : contents.columns) {
      if (column.getName().equals(name)) {
        return column;
      }
    }
    return null;
  }

  /**
   * The column of that name. It belongs to the batch.
   *
   * @throws IllegalArgumentException if there is none; the message lists those that there are
   */
  public FieldVector requireColumn(String name) {
    FieldVector vector = column(name);
    if (vector == null) {
      throw new IllegalArgumentException(
          "The batch has no column '"
              + name
              + "'. It has "
              + root().getSchema().getFields().stream().map(f -> f.getName()).toList()
              + ".");
    }
    return vector;
  }

  /** Makes a second reference to the same memory. Its owner is the caller. */
  public ArrowBatch retain() {
    // Without this look a retain after close would be a revival.
    requireOpen();
    contents.retain();
    return new ArrowBatch(contents);
  }

  /**
   * Makes a loan of this reference, for several that are called one after another and may each
   * close what they get: closing a loan does nothing, and it can be read until this reference is
   * closed. Whoever wants to keep the batch longer retains it.
   *
   * <p>An operator emits a loan and closes its own reference when the call returns. With Flink's
   * object reuse all consumers get the loan; without it each gets a copy, which is a reference of
   * its own. Either way a consumer closes what it got.
   */
  public ArrowBatch lend() {
    requireOpen();
    return new ArrowBatch(this);
  }

  /**
   * Makes a batch of this one's columns, which are shared and not copied, followed by {@code
   * columns}. The new batch owns {@code columns} from here on, the caller owns the new batch and
   * still owns this one.
   *
   * @param scope where {@code columns} were allocated
   * @param columns vectors of {@link #rowCount()} values each
   */
  public ArrowBatch withColumns(MemoryScope scope, List<? extends FieldVector> columns) {
    return withColumns(scope, columns, () -> columns.forEach(FieldVector::close));
  }

  /**
   * Makes a batch of this one's columns, which are shared and not copied, followed by {@code
   * columns}, which are used again afterwards: they belong to the new batch until its last
   * reference is closed; then {@code giveBack} is called, on whichever thread closes it. The caller
   * owns the new batch and still owns this one.
   *
   * @param scope where {@code columns} were allocated
   * @param columns vectors of {@link #rowCount()} values each
   */
  public ArrowBatch withColumns(
      MemoryScope scope, List<? extends FieldVector> columns, Runnable giveBack) {
    requireOpen();
    FieldVector[] own = contents.columns;
    FieldVector[] all = Arrays.copyOf(own, own.length + columns.size());
    int next = own.length;
    for (FieldVector column : columns) {
      if (column.getValueCount() != rowCount()) {
        throw new IllegalArgumentException(
            "The column '"
                + column.getName()
                + "' has "
                + column.getValueCount()
                + " values, and the batch has "
                + rowCount()
                + " rows. They must be equal.");
      }
      all[next++] = column;
    }
    scope.hold();
    contents.retain();
    return new ArrowBatch(
        new Contents(
            all,
            rowCount(),
            () -> {
              giveBack.run();
              scope.drop();
              contents.release();
            }));
  }

  /** Closes this reference; does nothing to a loan. Idempotent, and safe from any thread. */
  @Override
  public void close() {
    if (cleanable != null) {
      reference.release();
      cleanable.clean();
    }
  }

  /** References that were dropped without being closed, since the process started. */
  public static long abandonedReferences() {
    return ABANDONED.get();
  }

  /** For a test that abandons one on purpose: the count so far, which starts at 0 again. */
  static long resetAbandonedReferences() {
    return ABANDONED.getAndSet(0);
  }

  @Override
  public String toString() {
    return "ArrowBatch["
        + contents.rowCount
        + " rows, "
        + contents.columns.length
        + " columns"
        + (reference.isClosed() ? ", closed]" : "]");
  }

  private static final class Contents {
    private static final AtomicIntegerFieldUpdater<Contents> REFERENCES =
        AtomicIntegerFieldUpdater.newUpdater(Contents.class, "references");

    final FieldVector[] columns;
    final int rowCount;
    final Runnable free;

    @SuppressWarnings("UnusedVariable") // It is read through the updater.
    private volatile int references = 1;

    /** Made when it is first asked for: between an accelerator and an operator nobody does. */
    private @Nullable VectorSchemaRoot root;

    Contents(VectorSchemaRoot root, Runnable free) {
      this(root.getFieldVectors().toArray(FieldVector[]::new), root.getRowCount(), free);
      this.root = root;
    }

    Contents(FieldVector[] columns, int rowCount, Runnable free) {
      this.columns = columns;
      this.rowCount = rowCount;
      this.free = free;
    }

    synchronized VectorSchemaRoot root() {
      VectorSchemaRoot made = root;
      if (made == null) {
        List<FieldVector> vectors = Arrays.asList(columns);
        made =
            new VectorSchemaRoot(
                vectors.stream().map(FieldVector::getField).toList(), vectors, rowCount);
        root = made;
      }
      return made;
    }

    void retain() {
      REFERENCES.incrementAndGet(this);
    }

    void release() {
      if (REFERENCES.decrementAndGet(this) == 0) {
        free.run();
      }
    }
  }

  /** Apart from the batch, because the cleaner must not reach the object that it waits for. */
  private static final class Reference implements Runnable {
    private static final AtomicIntegerFieldUpdater<Reference> CLOSED =
        AtomicIntegerFieldUpdater.newUpdater(Reference.class, "closed");

    final Contents contents;
    private volatile int closed;

    Reference(Contents contents) {
      this.contents = contents;
    }

    boolean isClosed() {
      return closed != 0;
    }

    void release() {
      if (CLOSED.compareAndSet(this, 0, 1)) {
        contents.release();
      }
    }

    @Override
    public void run() {
      if (!isClosed()) {
        ABANDONED.incrementAndGet();
        release();
      }
    }
  }
}
