package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Sessions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * An engine on a thread of its own, for callers that are no operators of ours: they hand a ticket
 * over, go on, and are called back.
 *
 * @param <A> an answer
 * @param <T> a ticket
 * @param <I> where tickets wait for their batch
 */
final class EngineClient<A, T extends EngineTicket<A>, I extends Intake> implements AutoCloseable {

  /** Opens the place where tickets wait for their batch; the client owns it. */
  interface IntakeOpener<A, T, I> {
    I open(
        InferenceSession session,
        MemoryScope scope,
        Intake.Receiver<T, A> receiver,
        LongSupplier clock,
        InferenceCounts counts);
  }

  private final int mostOpen;
  private final BiConsumer<I, T> hand;
  private final EngineThread thread;
  private final MemoryScope scope;
  private final InferenceSession session;
  private final InferenceEngine<I> engine;
  private final BadRows badRows;
  private final InferenceMetrics counts;
  private final Queue<T> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean summoned = new AtomicBoolean();

  /** Those that the engine was given, in their order, the oldest of them not done. */
  private final Deque<T> open = new ArrayDeque<>();

  private @Nullable Throwable failure;

  private EngineClient(
      String name,
      InferenceSettings settings,
      Model model,
      int mostOpen,
      MetricGroup metrics,
      IntakeOpener<A, T, I> opener,
      BiConsumer<I, T> hand,
      Deque<AutoCloseable> opened) {
    this.mostOpen = mostOpen;
    this.hand = hand;
    scope = MemoryScope.open(name);
    opened.push(scope);
    session = Sessions.open(settings.acceleratorUri(), model, settings.sessionOptions());
    opened.push(session);
    thread = new EngineThread(name, this::abandonAll);
    opened.push(() -> thread.end(() -> {}));
    badRows = new BadRows(settings);
    counts = new InferenceMetrics(metrics);
    I intake = opener.open(session, scope, new Answers(), thread::now, counts);
    opened.push(intake);
    engine = new InferenceEngine<>(settings, intake, session, scope, new ThreadHost(), counts);
    engine.keepTogether();
    counts.watch(engine, open::size);
  }

  /**
   * Loads the model, unless it is loaded already, and starts the thread.
   *
   * @param hand puts a ticket into the intake, on the client's thread
   * @return a client that the caller owns and closes
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be loaded
   */
  static <A, T extends EngineTicket<A>, I extends Intake> EngineClient<A, T, I> open(
      String name,
      InferenceSettings settings,
      Model model,
      int mostOpen,
      MetricGroup metrics,
      IntakeOpener<A, T, I> opener,
      BiConsumer<I, T> hand) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return new EngineClient<>(name, settings, model, mostOpen, metrics, opener, hand, opened);
    } catch (RuntimeException | Error failed) {
      opened.forEach(IOUtils::closeQuietly);
      throw failed;
    }
  }

  /** Hands a ticket over; does not block. Callable from any thread. */
  void submit(T ticket) {
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
      T next = inbox.poll();
      if (next == null) {
        break;
      }
      open.add(next);
      hand.accept(engine.intake(), next);
      engine.added();
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
    for (T next = inbox.poll(); next != null; next = inbox.poll()) {
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
    thread.end(() -> IOUtils.closeAll(engine, session, scope));
  }

  /** Takes the engine's answers to those who asked. */
  private final class Answers implements Intake.Receiver<T, A> {

    @Override
    public void succeed(T ticket, A answer) {
      ticket.succeed(answer);
    }

    @Override
    public void fail(T ticket, String category, String reason, int attempts) {
      // A row without a text is no sign of trouble, however many there are.
      if (attempts > 0) {
        boolean unused = badRows.isDeadLetter(category, reason, counts.rowsDone());
      }
      ticket.fail(category, reason, attempts);
    }
  }

  /** Gives the engine the client's thread. */
  private final class ThreadHost implements InferenceEngine.Host {

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
    public void progressed() {
      take();
    }
  }
}
