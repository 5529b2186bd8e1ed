package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.RowVectors;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.RemoteWork;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A batch at a server: one request for all of its rows, or as many as the route needs.
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
  private @Nullable QuestionRows rows;
  private @Nullable EmbeddingColumn numbers;

  /** Numbers that each row has. */
  private int width;

  /** Rows of which there is an answer. */
  private BitSet there = new BitSet();

  OpenAiWork(OpenAiSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void start(Outcome to) {
    outcome = to;
    try {
      prepare(QuestionRows.of(batch));
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
    RowRoute route;
    List<RowRoute.Question> questions;
    try {
      route = session.routes().of(requireNonNull(rows));
      questions = route.questions(requireNonNull(rows));
    } catch (RuntimeException unfit) {
      failure.set(unfit);
      memory.close();
      return;
    }
    exchange.update(
        Flux.fromIterable(questions)
            .flatMap(
                question ->
                    session
                        .server()
                        .post(route.path(), () -> body(question), bytes -> read(question, bytes)),
                session.server().inFlight())
            .then(Mono.fromRunnable(() -> finish(route)))
            .doFinally(signal -> memory.close())
            .subscribe(nothing -> {}, failure::set, () -> answered = true));
  }

  private void prepare(QuestionRows read) {
    String column = session.model().task().column();
    if (batch.column(column) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '" + column + "' already. Leave it out before the model runs.");
    }
    width = session.numbers(read.tokens().width());
    if ((long) read.rows() * width > Integer.MAX_VALUE / Float.BYTES) {
      throw new AcceleratorException(
          Category.OUT_OF_MEMORY, "Its answer has more than 2 GiB. Give a smaller batch.");
    }
    rows = read;
    there = new BitSet(read.rows());
    EmbeddingColumn taken = session.columns().take(read.rows(), width);
    if (session.model().task() == ModelTask.TOKEN_CLASSIFICATION) {
      // Nobody writes the numbers of padding.
      taken.data().setZero(0, taken.data().capacity());
    }
    numbers = taken;
  }

  private ByteBuf body(RowRoute.Question question) {
    hold();
    try {
      return question.body();
    } finally {
      memory.release();
    }
  }

  private boolean read(RowRoute.Question question, ByteBuf bytes) throws IOException {
    hold();
    try {
      session.count(question.read(bytes, this::row));
      return true;
    } finally {
      memory.release();
    }
  }

  private void hold() {
    if (!memory.hold()) {
      throw new IllegalStateException("The batch was let go.");
    }
  }

  /** Answers to several questions may come at the same time. */
  private synchronized void row(int index, RowsReply.FloatSpan values, @Nullable String label) {
    requireRow(index, values.count());
    requireNonNull(numbers)
        .data()
        .nioBuffer((long) index * width * Float.BYTES, values.count() * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer()
        .put(values.values(), 0, values.count());
  }

  /** All questions are answered. */
  private synchronized void finish(RowRoute route) {
    hold();
    try {
      int count = batch.rowCount();
      if (there.cardinality() != count) {
        throw wrong(
            "the answer has "
                + there.cardinality()
                + " of "
                + count
                + " rows; the first that it lacks is "
                + there.nextClearBit(0));
      }
      ArrowBuf data = requireNonNull(numbers).data();
      RowVectors.requireFinite(data, 0, count, width);
      route.finish(data, count, width);
    } finally {
      memory.release();
    }
  }

  private void requireRow(int index, int count) {
    int rows = batch.rowCount();
    if (index < 0 || index >= rows || there.get(index)) {
      throw wrong(
          "the answer has the index "
              + index
              + (index >= 0 && index < rows
                  ? " twice"
                  : ", and the request has " + rows + " rows"));
    }
    int tokens = requireNonNull(this.rows).tokens().tokens(index);
    if (count != session.numbers(tokens)) {
      throw wrong(
          "row "
              + index
              + " of the answer has "
              + count
              + (session.model().task() == ModelTask.EMBEDDING ? " dimensions" : " scores")
              + (session.model().task() == ModelTask.TOKEN_CLASSIFICATION
                  ? " for " + tokens + " tokens, and a first token had "
                  : ", and a first text had ")
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
    EmbeddingColumn written = numbers;
    numbers = null;
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
