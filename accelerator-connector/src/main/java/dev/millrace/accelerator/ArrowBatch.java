package dev.millrace.accelerator;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
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
   * @param scope where {@code root} was allocated
   */
  public static ArrowBatch lease(MemoryScope scope, VectorSchemaRoot root, Runnable giveBack) {
    scope.hold();
    return new ArrowBatch(
        new Contents(
            root,
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
    if (reference.closed.get()) {
      throw new IllegalStateException(
          "This reference to a batch of "
              + contents.rowCount
              + " rows is closed. Call retain() before handing a batch on if you read it"
              + " afterwards.");
    }
    return contents.root;
  }

  /** Number of rows. */
  public int rowCount() {
    return contents.rowCount;
  }

  /** The column of that name, or null if there is none. It belongs to the batch. */
  public @Nullable FieldVector column(String name) {
    return root().getVector(name);
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
    // Reading the root first makes a retain after close an error and not a revival.
    VectorSchemaRoot unused = root();
    contents.references.incrementAndGet();
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
    VectorSchemaRoot unused = root();
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
    List<FieldVector> own = root().getFieldVectors();
    List<FieldVector> all = new ArrayList<>(own.size() + columns.size());
    all.addAll(own);
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
      all.add(column);
    }
    VectorSchemaRoot joined = new VectorSchemaRoot(fields(all), all, rowCount());
    scope.hold();
    contents.references.incrementAndGet();
    return new ArrowBatch(
        new Contents(
            joined,
            () -> {
              columns.forEach(FieldVector::close);
              scope.drop();
              contents.release();
            }));
  }

  private static List<Field> fields(List<FieldVector> columns) {
    List<Field> fields = new ArrayList<>(columns.size());
    for (FieldVector column : columns) {
      fields.add(column.getField());
    }
    return fields;
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
        + contents.root.getSchema().getFields().size()
        + " columns"
        + (reference.closed.get() ? ", closed]" : "]");
  }

  private static final class Contents {
    final VectorSchemaRoot root;
    final int rowCount;
    final Runnable free;
    final AtomicInteger references = new AtomicInteger(1);

    Contents(VectorSchemaRoot root, Runnable free) {
      this.root = root;
      this.rowCount = root.getRowCount();
      this.free = free;
    }

    void release() {
      if (references.decrementAndGet() == 0) {
        free.run();
      }
    }
  }

  /** Apart from the batch, because the cleaner must not reach the object that it waits for. */
  private static final class Reference implements Runnable {
    final Contents contents;
    final AtomicBoolean closed = new AtomicBoolean();

    Reference(Contents contents) {
      this.contents = contents;
    }

    void release() {
      if (closed.compareAndSet(false, true)) {
        contents.release();
      }
    }

    @Override
    public void run() {
      if (!closed.get()) {
        ABANDONED.incrementAndGet();
        release();
      }
    }
  }
}
