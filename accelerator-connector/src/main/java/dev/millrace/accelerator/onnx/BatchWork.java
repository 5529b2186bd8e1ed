package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import java.nio.ByteBuffer;
import java.util.List;
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
  private @Nullable FixedSizeListVector column;
  private @Nullable ArrowBuf zeros;

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
    TokenBatch tokens;
    Lanes lanes;
    try {
      tokens = TokenBatch.of(batch);
      lanes = allocate(tokens);
    } catch (RuntimeException | Error unfit) {
      failure.set(unfit);
      end();
      return;
    }
    if (tokens.rows() == 0) {
      end();
    } else if (session.runsRowsAlone()) {
      rowsLeft.set(tokens.rows());
      int helpers = Math.min(session.parallelism(), tokens.rows()) - 1;
      for (int helper = 0; helper < helpers; helper++) {
        session.workers().execute(() -> runRows(tokens.rows(), lanes));
      }
      runRows(tokens.rows(), lanes);
    } else {
      try {
        lanes.open().runTogether();
      } catch (OrtException | RuntimeException | Error failed) {
        failure.set(failed);
      }
      end();
    }
  }

  private void runRows(int rows, Lanes lanes) {
    Lane lane = null;
    for (int row = nextRow.getAndIncrement(); row < rows; row = nextRow.getAndIncrement()) {
      if (failure.get() == null && !outcome.isCancelled()) {
        try {
          if (lane == null) {
            lane = lanes.open();
          }
          lane.runAlone(row);
        } catch (OrtException | RuntimeException | Error failed) {
          failure.compareAndSet(null, failed);
        }
      }
      if (rowsLeft.decrementAndGet() == 0) {
        end();
      }
    }
  }

  private Lanes allocate(TokenBatch tokens) {
    if (batch.column(TextColumns.EMBEDDING) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '"
              + TextColumns.EMBEDDING
              + "' already. Leave it out before the model runs.");
    }
    LoadedGraph graph = session.graph();
    if ((long) tokens.rows() * graph.dimensions() > Integer.MAX_VALUE / Float.BYTES) {
      throw new AcceleratorException(
          Category.INPUT,
          "Its embeddings have more than the 2 GiB that a tensor may have. Give a smaller batch.");
    }
    FixedSizeListVector made =
        EmbeddingColumn.allocate(session.scope(), tokens.rows(), graph.dimensions());
    column = made;
    ByteBuffer output =
        TokenBatch.view(
            EmbeddingColumn.data(made), tokens.rows() * graph.dimensions() * Float.BYTES);
    ByteBuffer tokenTypes = null;
    if (graph.takesTokenTypes() && tokens.tokenTypes() == null && tokens.rows() > 0) {
      ArrowBuf shared = session.zeros().acquire(tokens.bytes());
      zeros = shared;
      tokenTypes = TokenBatch.view(shared, (int) tokens.bytes());
    }
    return new Lanes(graph, session.listener(), tokens, tokenTypes, output);
  }

  private void end() {
    ArrowBatch answer = null;
    Throwable failed = failure.get();
    try {
      if (failed == null && !outcome.isCancelled() && column != null) {
        answer = batch.withColumns(session.scope(), List.of(column));
        column = null;
      }
    } catch (RuntimeException | Error unexpected) {
      failed = unexpected;
    }
    if (column != null) {
      column.close();
      column = null;
    }
    if (zeros != null) {
      zeros.close();
      zeros = null;
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

  /** What every lane of this batch is made of. */
  private record Lanes(
      LoadedGraph graph,
      RunListener listener,
      TokenBatch batch,
      @Nullable ByteBuffer zeros,
      ByteBuffer output) {

    Lane open() {
      return new Lane(graph, listener, batch, zeros, output);
    }
  }
}
