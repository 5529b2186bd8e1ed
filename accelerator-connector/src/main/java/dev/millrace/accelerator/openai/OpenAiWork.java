package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.RowVectors;
import dev.millrace.accelerator.embedding.TokenBatch;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.RemoteWork;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * A batch at a server: one request to embed all of its rows.
 *
 * <p>A cancellation may come while a thread of the network writes the request or reads the answer.
 * So each of these holds the memory, and whoever is the last to need it ends the work ({@link
 * #memory}).
 */
final class OpenAiWork implements RemoteWork {

  private final OpenAiSession session;
  private final ArrowBatch batch;
  private final Holds memory = new Holds(this::end);
  private final Disposable.Swap exchange = Disposables.swap();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean answered;
  private volatile boolean cancelled;
  private @Nullable Outcome outcome;
  private @Nullable TokenBatch tokens;
  private @Nullable EmbeddingColumn column;

  OpenAiWork(OpenAiSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void start(Outcome to) {
    outcome = to;
    try {
      prepare(TokenBatch.of(batch));
    } catch (RuntimeException unfit) {
      failure.set(unfit);
      memory.close();
      return;
    }
    if (batch.rowCount() == 0) {
      answered = true;
      memory.close();
      return;
    }
    exchange.update(
        session
            .server()
            .post("/embeddings", this::question, this::read)
            .doFinally(signal -> memory.close())
            .subscribe(done -> answered = true, failure::set));
  }

  private void prepare(TokenBatch read) {
    if (batch.column(TextColumns.EMBEDDING) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '"
              + TextColumns.EMBEDDING
              + "' already. Leave it out before the model runs.");
    }
    if ((long) read.rows() * session.dimensions() > Integer.MAX_VALUE / Float.BYTES) {
      throw new AcceleratorException(
          Category.OUT_OF_MEMORY, "Its embeddings have more than 2 GiB. Give a smaller batch.");
    }
    tokens = read;
    column = session.columns().take(read.rows());
  }

  private ByteBuf question() {
    if (!memory.hold()) {
      throw new IllegalStateException("The batch was let go.");
    }
    try {
      return EmbeddingQuestion.ofTokens(
          session.server().modelName(),
          session.base64(),
          requireNonNull(tokens),
          PooledByteBufAllocator.DEFAULT);
    } finally {
      memory.release();
    }
  }

  private boolean read(ByteBuf bytes) throws IOException {
    if (!memory.hold()) {
      throw new IllegalStateException("The batch was let go.");
    }
    try {
      int rows = batch.rowCount();
      EmbeddingColumn into = requireNonNull(column);
      FloatBuffer vectors =
          into.data()
              .nioBuffer(0, rows * session.dimensions() * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      BitSet there = new BitSet(rows);
      EmbeddingReply reply =
          new EmbeddingReply(
              (index, vector) -> {
                requireRow(index, rows, there, vector.count());
                vectors.put(index * session.dimensions(), vector.values(), 0, vector.count());
              });
      reply.read(bytes);
      if (there.cardinality() != rows) {
        throw wrong(
            "the answer has "
                + there.cardinality()
                + " of "
                + rows
                + " rows; the first that it lacks is "
                + there.nextClearBit(0));
      }
      RowVectors.requireFinite(into.data(), 0, rows, session.dimensions());
      if (session.model().text().normalize()) {
        RowVectors.normalize(into.data(), 0, rows, session.dimensions());
      }
      session.count(reply.tokens());
      return true;
    } finally {
      memory.release();
    }
  }

  private void requireRow(int index, int rows, BitSet there, int count) {
    if (index < 0 || index >= rows || there.get(index)) {
      throw wrong(
          "the answer has the index "
              + index
              + (index >= 0 && index < rows
                  ? " twice"
                  : ", and the request has " + rows + " rows"));
    }
    if (count != session.dimensions()) {
      throw wrong(
          "row "
              + index
              + " of the answer has "
              + count
              + " dimensions, and a first text had "
              + session.dimensions());
    }
    there.set(index);
  }

  private static AcceleratorException wrong(String what) {
    return new AcceleratorException(Category.OUTPUT, what + ".");
  }

  @Override
  public void cancel() {
    cancelled = true;
    exchange.dispose();
  }

  private void end() {
    ArrowBatch answer = null;
    Throwable failed = failure.get();
    if (failed == null && !answered && !cancelled) {
      failed = new IOException("The exchange ended without an answer.");
    }
    EmbeddingColumn written = column;
    column = null;
    try {
      if (answered && failed == null && written != null) {
        answer = written.addTo(batch, session.scope());
        written = null;
      }
    } catch (RuntimeException unexpected) {
      failed = unexpected;
    }
    if (written != null) {
      written.giveBack();
    }
    requireNonNull(outcome)
        .end(answer, failed == null ? null : session.server().failure(describe(), failed));
  }

  /** What runs where, for messages. */
  private String describe() {
    return session.server().describe() + " on " + batch.rowCount() + " rows";
  }
}
