package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Embeds, classifies or scores texts for callers that are no operators of ours: they hand a text
 * over, go on, and are called back. It is the engine of the operators, with its batches, buckets
 * and cache, on a thread of its own.
 *
 * <p><b>Thread.</b> {@link #submit} may be called from any thread and does not block. A {@link
 * Request} is called back on the embedder's thread, which must not be blocked.
 *
 * <p><b>Bound.</b> What is handed over is held until it is answered. The caller bounds how much
 * that is, and says so when it opens the embedder.
 *
 * <p><b>Failure.</b> When an accelerator fails for good, every open request is abandoned with its
 * failure, and so is each that comes later.
 */
public final class TextEmbedder implements AutoCloseable {

  /** Someone who asked for a vector. One of its methods is called, once. */
  public interface Request {

    /** The vector is there; the view is valid during the call. */
    void succeed(EmbeddingView vector);

    /**
     * This text has no vector; others may.
     *
     * @param category what kind of failure, in capitals
     * @param reason in whole sentences
     * @param attempts how often an accelerator was asked
     */
    void fail(String category, String reason, int attempts);

    /** No text will have a vector any more. */
    void abandon(Throwable failure);
  }

  private final int mostOpen;
  private final EngineThread thread;
  private final MemoryScope scope;
  private final InferenceSession session;
  private final Tokenizer tokenizer;
  private final InferenceEngine<Ticket> engine;
  private final BadRows badRows;
  private final InferenceMetrics counts;
  private final Queue<Ticket> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean summoned = new AtomicBoolean();

  /** Those that the engine was given, in their order, the oldest of them not done. */
  private final Deque<Ticket> open = new ArrayDeque<>();

  private @Nullable Throwable failure;

  private TextEmbedder(
      String name,
      InferenceSettings settings,
      InferenceTask task,
      int mostOpen,
      MetricGroup metrics,
      Deque<AutoCloseable> opened) {
    this.mostOpen = mostOpen;
    Model model = Models.resolve(settings.model());
    task.require(model);
    scope = MemoryScope.open(name);
    opened.push(scope);
    session = Sessions.open(settings.acceleratorUri(), model, settings.sessionOptions());
    opened.push(session);
    tokenizer = Tokenizers.of(model, task);
    opened.push(tokenizer);
    thread = new EngineThread(name, this::abandonAll);
    opened.push(() -> thread.end(() -> {}));
    badRows = new BadRows(settings);
    counts = new InferenceMetrics(metrics);
    engine =
        new InferenceEngine<>(
            settings, task, session, tokenizer, scope, new EmbedderHost(), counts);
    engine.keepTogether();
    counts.watch(engine, open::size);
  }

  /**
   * Loads the model, unless it is loaded already, and starts the thread.
   *
   * @param name what errors, metrics and the thread call it
   * @param settings of which {@code max-rows}, {@code output-order} and what concerns checkpoints
   *     are not looked at: holding rows and ordering them is the caller's part
   * @param task what is asked of the model
   * @param mostOpen how far the caller lets the newest request be ahead of the oldest that is not
   *     answered. A caller that is at this bound brings nothing more, so that nothing is kept
   *     waiting for company then
   * @param metrics where the group {@code inference} is added
   * @return an embedder that the caller owns and closes
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be loaded
   */
  public static TextEmbedder open(
      String name,
      InferenceSettings settings,
      InferenceTask task,
      int mostOpen,
      MetricGroup metrics) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return new TextEmbedder(name, settings, task, mostOpen, metrics, opened);
    } catch (RuntimeException | Error failed) {
      opened.forEach(IOUtils::closeQuietly);
      throw failed;
    }
  }

  /**
   * Asks for a text's vector. Requests are answered in any order.
   *
   * @param text null for a row without one, which fails
   */
  public void submit(@Nullable String text, Request request) {
    submit(new Ticket(text, null, false, request));
  }

  /**
   * Asks for the score of a pair of texts, if the task is {@link InferenceTask#RERANKING}. Requests
   * are answered in any order.
   *
   * @param first null for a row without one, which fails
   * @param second likewise
   */
  public void submit(@Nullable String first, @Nullable String second, Request request) {
    submit(new Ticket(first, second, true, request));
  }

  private void submit(Ticket ticket) {
    inbox.add(ticket);
    // One summons for all that come before it is heeded.
    if (summoned.compareAndSet(false, true)) {
      thread.execute(this::takeSummoned);
    }
  }

  private void takeSummoned() {
    summoned.set(false);
    take();
  }

  private void take() {
    if (failure != null) {
      abandon(failure);
      return;
    }
    engine.press(false);
    while (engine.hasRoom()) {
      Ticket next = inbox.poll();
      if (next == null) {
        break;
      }
      open.add(next);
      next.moveTo(engine);
    }
    while (!open.isEmpty() && open.element().isDone()) {
      open.remove();
    }
    engine.press(open.size() >= mostOpen);
  }

  private void abandonAll(Throwable reason) {
    failure = reason;
    engine.close();
    open.forEach(ticket -> ticket.abandon(reason));
    open.clear();
    abandon(reason);
  }

  private void abandon(Throwable reason) {
    for (Ticket next = inbox.poll(); next != null; next = inbox.poll()) {
      next.abandon(reason);
    }
  }

  /**
   * Ends the thread and gives everything back, whatever is open: what has not been answered will
   * not be. Waits for the thread. Idempotent.
   */
  @Override
  public void close() throws Exception {
    // In this order: each is used by the one before it. All are closed, whatever one throws.
    thread.end(() -> IOUtils.closeAll(engine, tokenizer, session, scope));
  }

  /** A request on its way. Used on the embedder's thread, once it has arrived there. */
  private static final class Ticket implements Waiter<Ticket> {

    private final Request request;
    private final boolean isPair;
    private @Nullable String text;
    private @Nullable String second;
    private @Nullable Ticket nextWaiter;
    private boolean done;

    Ticket(@Nullable String text, @Nullable String second, boolean isPair, Request request) {
      this.text = text;
      this.second = second;
      this.isPair = isPair;
      this.request = request;
    }

    /** Its texts are the engine's afterwards. */
    void moveTo(InferenceEngine<Ticket> engine) {
      String given = text;
      String other = second;
      text = null;
      second = null;
      if (isPair) {
        engine.add(this, given, other);
      } else {
        engine.add(this, given);
      }
    }

    boolean isDone() {
      return done;
    }

    void succeed(EmbeddingView vector) {
      done = true;
      request.succeed(vector);
    }

    void fail(String category, String reason, int attempts) {
      done = true;
      request.fail(category, reason, attempts);
    }

    void abandon(Throwable reason) {
      if (!done) {
        done = true;
        request.abandon(reason);
      }
    }

    @Override
    public @Nullable Ticket nextWaiter() {
      return nextWaiter;
    }

    @Override
    public void setNextWaiter(@Nullable Ticket next) {
      nextWaiter = next;
    }
  }

  /** Gives the engine the embedder's thread, and its answers to those who asked. */
  private final class EmbedderHost implements InferenceEngine.Host<Ticket> {

    @Override
    public void execute(Runnable action) {
      thread.execute(action);
    }

    @Override
    public void schedule(Duration delay, Runnable action) {
      Future<?> unused = thread.schedule(delay, action);
    }

    @Override
    public long now() {
      return thread.now();
    }

    @Override
    public void succeed(Ticket ticket, EmbeddingView vector) {
      ticket.succeed(vector);
    }

    @Override
    public void fail(Ticket ticket, String category, String reason, int attempts) {
      // A row without a text is no sign of trouble, however many there are.
      if (attempts > 0) {
        boolean unused = badRows.isDeadLetter(category, reason, counts.rowsDone());
      }
      ticket.fail(category, reason, attempts);
    }

    @Override
    public void progressed() {
      take();
    }
  }
}
