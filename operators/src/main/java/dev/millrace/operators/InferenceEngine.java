package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Takes what an {@link Intake} gathers to an accelerator in batches and brings back the answer of
 * each row: an embedding, a classifier's scores, a generated text. It knows nothing of Flink: a
 * {@link Host} gives it a thread and a clock.
 *
 * <p>What comes in is at one place at a time:
 *
 * <ol>
 *   <li>in the <b>intake</b>, until its batch is full, or its first row has waited for the latency
 *       limit while the accelerator has nothing better to do, or the host presses;
 *   <li>in a batch that <b>waits to be tried again</b>, because it failed;
 *   <li>in a batch <b>at the accelerator</b>.
 * </ol>
 *
 * <p>Batches are closed when there is a place for them and not before. While the accelerator is
 * busy rows go on gathering, so that batches grow with the load by themselves. A batch that is not
 * full is sent only if it would otherwise be idle: while at most one batch waits behind those that
 * it works on.
 *
 * <p>A batch that fails is halved, tried again after a pause, held or given up as {@link Reaction}
 * says; what fails the task is thrown. While the accelerator takes no work ({@link Outage}) what
 * comes in is held, and the host is told that there is no room. An out-of-memory answer also lowers
 * the token budget of all who use the device ({@link DeviceBudget}).
 *
 * <p>Everything here runs on the host's thread.
 */
final class InferenceEngine<I extends Intake> implements AutoCloseable {

  /** The thread and the clock of the task. */
  interface Host {

    /** Runs on the task's thread, soon. Callable from any thread. Does nothing after its end. */
    void execute(Runnable action);

    /** Runs on the task's thread, after a while. Called on the task's thread. */
    void schedule(Duration delay, Runnable action);

    /** Milliseconds of the clock that {@link #schedule} goes by. */
    long now();

    /** Waiters were served after their call had returned. Called on the task's thread. */
    void progressed();
  }

  /** How long rows wait for those that are on their way from the host. */
  private static final long MILLIS_TO_JOIN = 5;

  private final int maxAttempts;
  private final long latencyMillis;
  private final InferenceSession session;
  private final Host host;
  private final InferenceCounts counts;
  private final I intake;
  private final Pauses pauses;
  private final Outage outage;
  private final DeviceBudget device;
  private final Flights flights;
  private final Deque<InferenceWork> waiting = new ArrayDeque<>();
  private int pausing;
  private boolean pressed;
  private boolean together;

  /** Whether an answer is being dealt with, and the host has yet to say what comes in its place. */
  private boolean landing;

  private boolean probeTimerRuns;
  private boolean latencyTimerRuns;
  private boolean closed;

  /**
   * @param intake closed by the engine from here on
   * @param session borrowed; the caller closes it after the engine
   * @param scope whose name tells the engine from others
   */
  InferenceEngine(
      InferenceSettings settings,
      I intake,
      InferenceSession session,
      MemoryScope scope,
      Host host,
      InferenceCounts counts) {
    this.intake = intake;
    this.maxAttempts = settings.maxAttempts();
    this.latencyMillis = settings.batchLatency().toMillis();
    this.session = session;
    this.host = host;
    this.counts = counts;
    this.flights = new Flights(session, host, new Landing(), intake.deadline());
    // Subtasks differ by name, and so do their pauses.
    this.pauses = new Pauses(31L * scope.name().hashCode() + host.now());
    this.outage =
        new Outage(session.accelerator().toString(), settings.unavailableTimeout(), pauses);
    this.device = DeviceBudget.of(session);
    intake.limitBudget(device.tokens());
  }

  /** Whether more may come. If not, the caller holds its input back until this changes. */
  boolean hasRoom() {
    return waiting.isEmpty() && !intake.isStocked() && !intake.isCrowded();
  }

  /** Where rows are handed over; {@link #added} follows. */
  I intake() {
    return intake;
  }

  /** Batches at the accelerator. */
  int inFlight() {
    return flights.size();
  }

  /** The most padded tokens that the accelerator is given at once. */
  int tokenBudget() {
    return intake.budget();
  }

  /** Milliseconds since the accelerator has taken no work; 0 if it does. */
  long unavailableMillis() {
    return outage.lasted(host.now());
  }

  /** Distinct inputs that have no answer yet. */
  int pendingInputs() {
    return intake.pending();
  }

  /** Takes rows that are tokens already. */
  void add(InferenceWork work) {
    waiting.add(work);
    pump();
  }

  /** Something was handed to the intake. */
  void added() {
    if (intake.isAnyFull() || intake.isCrowded()) {
      pump();
    } else {
      watchLatency();
    }
  }

  /**
   * Whether nothing more will come for now: then what waits is sent as soon as the accelerator has
   * a place, full or not.
   */
  void press(boolean now) {
    pressed = now;
    if (now) {
      pump();
    }
  }

  /**
   * From now on a press means that what waits, where it is little for the accelerator, goes
   * together with what comes when the batch under way is answered: for a host that may have but few
   * rows open.
   */
  void keepTogether() {
    together = true;
  }

  /** Sends what waits if the host presses: for a host that added much at once. */
  void nudge() {
    if (pressed) {
      pump();
    }
  }

  private void pump() {
    while (!closed && isPlaceFree()) {
      InferenceWork work = waiting.poll();
      if (work == null) {
        work = takeBatch();
      }
      if (work == null) {
        break;
      }
      outage.setProbeDue(false);
      flights.send(work);
    }
    watchLatency();
  }

  /**
   * A device of thousands of lanes takes as long for one row as for some dozens. When a host that
   * allows no more presses, they are one batch whatever their lengths are; and while a batch is
   * under way they wait for it, since its answer brings those that come in its place. Otherwise a
   * few rows would become many small batches, and stay so: each is filled again by itself.
   */
  private @Nullable InferenceWork takeBatch() {
    if (pressed && together && !session.runsRowsAlone() && intake.isLittle(flights.tokens())) {
      return flights.size() == 0 && !landing && mayTakePartial() ? intake.takeAll() : null;
    }
    return intake.takeBatch(mayTakePartial() && (pressed || intake.isCrowded() || isDue()));
  }

  /** A batch that waits for another try keeps its place, or there would be ever more of them. */
  private boolean isPlaceFree() {
    return flights.size() + pausing < intake.mostInFlight()
        && (!outage.isOn() || outage.isProbeDue());
  }

  private boolean mayTakePartial() {
    return flights.size() <= session.parallelism() && !outage.isOn();
  }

  private boolean isDue() {
    return intake.isAnyPartial() && host.now() - intake.oldest() >= latencyMillis;
  }

  /** One timer serves all buckets. While no place is free it is an answer that frees one. */
  private void watchLatency() {
    // Called for each row, and the clock costs more than the row's way into its bucket.
    if (!latencyTimerRuns && !isDue()) {
      watchLatency(0);
    }
  }

  /**
   * The same, also for rows that are due.
   *
   * @param least milliseconds that they have at least
   */
  private void watchLatency(long least) {
    if (latencyTimerRuns || closed || !mayTakePartial() || !intake.isAnyPartial()) {
      return;
    }
    long left = Math.max(least, intake.oldest() + latencyMillis - host.now());
    latencyTimerRuns = true;
    host.schedule(
        Duration.ofMillis(left),
        () -> {
          latencyTimerRuns = false;
          pump();
        });
  }

  private void received(InferenceWork work, ArrowBatch answer, long nanos) {
    outage.end(host.now());
    // The next batch goes out before this one is unpacked: the device does not wait for that.
    pump();
    String problem = intake.problemOf(answer, work.rows());
    if (problem != null) {
      failed(
          work,
          new AcceleratorException(
              Category.OUTPUT,
              "The accelerator "
                  + session.accelerator()
                  + " "
                  + problem
                  + " Look whether it runs the model '"
                  + session.model().name()
                  + "'."),
          true);
      return;
    }
    int padded = work.width() * work.rows();
    int tokens = work.tokens(answer);
    counts.batchDone(work.rows(), tokens, session.runsRowsAlone() ? tokens : padded, nanos);
    device.fitted(padded, work.width());
    intake.limitBudget(device.tokens());
    work.succeed(answer);
  }

  private void failed(InferenceWork work, Throwable failure, boolean malformed) {
    Category category =
        failure instanceof AcceleratorException known ? known.category() : Category.DEVICE;
    if (category == Category.OUT_OF_MEMORY) {
      device.exceeded(work.rows() * work.width());
      intake.limitBudget(device.tokens());
    }
    Reaction reaction =
        Reaction.to(
            category, work.rows(), work.pauses() + 1 < maxAttempts, malformed, outage.isOn());
    if (reaction != Reaction.HOLD) {
      outage.end(host.now());
    }
    switch (reaction) {
      case HALVE -> {
        counts.retried();
        waiting.addFirst(work.half(true));
        waiting.addFirst(work.half(false));
      }
      case RETRY -> {
        counts.retried();
        retry(work);
      }
      case HOLD -> {
        counts.retried();
        hold(work, failure);
      }
      case GIVE_UP_ROW -> work.fail(category.name(), String.valueOf(failure.getMessage()));
      case FAIL -> throw lastWord(work, failure, category);
    }
  }

  private void retry(InferenceWork work) {
    pausing++;
    host.schedule(
        pauses.next(work.pauses()),
        () -> {
          pausing--;
          if (!closed) {
            waiting.addFirst(work.again(true));
            pump();
          }
        });
  }

  private void hold(InferenceWork work, Throwable failure) {
    outage.failed(host.now(), failure);
    waiting.addFirst(work.again(false));
    if (probeTimerRuns) {
      return;
    }
    probeTimerRuns = true;
    host.schedule(
        outage.pause(host.now()),
        () -> {
          probeTimerRuns = false;
          if (outage.isOn()) {
            outage.setProbeDue(true);
            pump();
          }
        });
  }

  private AcceleratorException lastWord(InferenceWork work, Throwable failure, Category category) {
    if (failure instanceof AcceleratorException known) {
      return new AcceleratorException(
          category,
          known.getMessage()
              + (work.attempt() == 1 ? "" : " The batch was tried " + work.attempt() + " times."),
          failure);
    }
    return new AcceleratorException(
        category, "The accelerator " + session.accelerator() + " failed with " + failure, failure);
  }

  /** Gives up everything that is under way. Batches at the device are freed when it answers. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    flights.close();
    waiting.forEach(InferenceWork::discard);
    waiting.clear();
    device.close();
    intake.close();
  }

  /** What the accelerator makes of the batches. */
  private final class Landing implements Flights.Outcome {

    @Override
    public void answered(InferenceWork work, ArrowBatch answer, long nanos) {
      landing = true;
      received(work, answer, nanos);
    }

    @Override
    public void failed(InferenceWork work, Throwable failure) {
      landing = true;
      InferenceEngine.this.failed(work, failure, false);
    }

    @Override
    public void landed() {
      pump();
      landing = false;
      host.progressed();
      if (together && !pressed) {
        // What was due meanwhile waits for those that the host brings at once.
        watchLatency(MILLIS_TO_JOIN);
      }
    }
  }
}
