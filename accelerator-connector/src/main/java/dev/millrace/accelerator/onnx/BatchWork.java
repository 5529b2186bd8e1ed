package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.TokenBatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * The work that a batch is, on the session's threads: all rows in one run, or each row by itself
 * with the rows shared out over all threads that are free.
 *
 * <p>The thread that begins asks the others for help and starts on the rows. A helper that comes
 * when no row is left does nothing, and touches no memory of a batch that may be gone by then. The
 * thread that ends the last row ends the batch.
 */
final class BatchWork {

  /** Who is told how it ended. */
  interface Outcome {

    /** Whether nobody wants the answer, so that what has not been run need not be. */
    boolean isCancelled();

    /**
     * It has ended: no thread and no device reads the batch any more. Called once.
     *
     * @param answer belongs to who is told; null after a failure and after a cancellation
     * @param failure null after a success and after a cancellation
     */
    void end(@Nullable ArrowBatch answer, @Nullable AcceleratorException failure);
  }

  private final OnnxSession session;
  private final ArrowBatch batch;
  private final Outcome outcome;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicInteger nextRow = new AtomicInteger();
  private final AtomicInteger rowsLeft = new AtomicInteger();
  private @Nullable TokenBatch tokens;
  private @Nullable EmbeddingColumn column;
  private @Nullable ArrowBuf zeros;
  private @Nullable ArrowBuf ones;

  BatchWork(OnnxSession session, ArrowBatch batch, Outcome outcome) {
    this.session = session;
    this.batch = batch;
    this.outcome = outcome;
  }

  void begin() {
    if (outcome.isCancelled()) {
      end();
      return;
    }
    TokenBatch read;
    try {
      read = TokenBatch.of(batch);
      allocate(read);
    } catch (RuntimeException | Error unfit) {
      failure.set(unfit);
      end();
      return;
    }
    tokens = read;
    if (read.rows() == 0) {
      end();
    } else if (session.runsRowsAlone()) {
      rowsLeft.set(read.rows());
      int helpers = Math.min(session.parallelism(), read.rows()) - 1;
      for (int helper = 0; helper < helpers; helper++) {
        session.workers().execute(this::runRows);
      }
      runRows();
    } else {
      runTogether();
      end();
    }
  }

  private void runTogether() {
    Lane lane = session.lanes().take();
    try {
      lane.runTogether(requireNonNull(tokens), zeros, requireNonNull(column).data());
    } catch (OrtException | RuntimeException | Error failed) {
      failure.set(failed);
    }
    session.lanes().giveBack(lane);
  }

  private void runRows() {
    TokenBatch all = requireNonNull(tokens);
    Lane lane = null;
    int row = nextRow.getAndIncrement();
    while (row < all.rows()) {
      if (failure.get() == null && !outcome.isCancelled()) {
        if (lane == null) {
          lane = session.lanes().take();
        }
        try {
          lane.runAlone(all, requireNonNull(ones), zeros, requireNonNull(column).data(), row);
        } catch (OrtException | RuntimeException | Error failed) {
          failure.compareAndSet(null, failed);
        }
      }
      row = nextRow.getAndIncrement();
      if (row >= all.rows() && lane != null) {
        // Before the last row is told: with the batch's end the session may end, too.
        session.lanes().giveBack(lane);
        lane = null;
      }
      if (rowsLeft.decrementAndGet() == 0) {
        end();
      }
    }
  }

  private void allocate(TokenBatch read) {
    String answer = session.model().task().column();
    if (batch.column(answer) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '" + answer + "' already. Leave it out before the model runs.");
    }
    LoadedGraph graph = session.graph();
    if ((long) read.rows() * graph.numbers(read.width()) > Integer.MAX_VALUE / Float.BYTES) {
      throw new AcceleratorException(
          Category.INPUT,
          "Its answers have more than the 2 GiB that a tensor may have. Give a smaller batch.");
    }
    column = session.columns().take(read.rows(), graph.numbers(read.width()));
    if (read.rows() == 0) {
      return;
    }
    boolean alone = session.runsRowsAlone();
    if (alone) {
      // Where each token has numbers, nobody writes those of padding.
      column.data().setZero(0, column.data().capacity());
      ones = session.ones().acquire((long) read.width() * Long.BYTES);
    }
    if (graph.takesTokenTypes() && read.tokenTypes() == null) {
      zeros = session.zeros().acquire(alone ? (long) read.width() * Long.BYTES : read.bytes());
    }
  }

  private void end() {
    ArrowBatch answer = null;
    Throwable failed = failure.get();
    try {
      if (failed == null && !outcome.isCancelled() && column != null) {
        answer = column.addTo(batch, session.scope());
        column = null;
      }
    } catch (RuntimeException | Error unexpected) {
      failed = unexpected;
    }
    if (column != null) {
      column.giveBack();
      column = null;
    }
    if (zeros != null) {
      zeros.close();
      zeros = null;
    }
    if (ones != null) {
      ones.close();
      ones = null;
    }
    outcome.end(answer, failed == null ? null : OnnxErrors.running(describe(), failed));
  }

  /** What runs where, for messages. */
  private String describe() {
    String size = batch.rowCount() + " rows";
    if (batch.column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids) {
      size += " × " + ids.getListSize() + " tokens";
    }
    return session.accelerator() + " with the model '" + session.model().name() + "' on " + size;
  }
}
