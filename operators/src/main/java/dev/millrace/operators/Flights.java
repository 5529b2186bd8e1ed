package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The batches at an accelerator, each with its deadline. A batch that is given up keeps its memory
 * until the device has answered. Runs on the host's thread but {@link Answer}, which crosses over.
 */
final class Flights implements AutoCloseable {

  /** Who is told, on the host's thread, what became of a batch. */
  interface Outcome {

    /**
     * The accelerator answered.
     *
     * @param answer stays the caller's
     * @param nanos from sending the batch to now
     */
    void answered(InferenceWork work, ArrowBatch answer, long nanos);

    /** It did not, or said that it cannot. */
    void failed(InferenceWork work, Throwable failure);

    /** Called after one or several of the others: there are places now. */
    void landed();
  }

  private static final long NEVER = Long.MAX_VALUE;

  private final InferenceSession session;
  private final InferenceEngine.Host host;
  private final Outcome outcome;
  private final long deadlineMillis;
  private final Deque<Flight> flights = new ArrayDeque<>();

  /** Answered, but not received before the deadline. */
  private final Deque<Flight> overdue = new ArrayDeque<>(0);

  private boolean timerRuns;
  private boolean closed;

  /**
   * @param session borrowed
   * @param deadline how long one batch may take; null if the session gives up by itself what takes
   *     too long
   */
  Flights(
      InferenceSession session,
      InferenceEngine.Host host,
      Outcome outcome,
      @Nullable Duration deadline) {
    this.session = session;
    this.host = host;
    this.outcome = outcome;
    this.deadlineMillis = deadline == null ? NEVER : deadline.toMillis();
  }

  /** Batches at the accelerator that have not been given up. */
  int size() {
    return flights.size();
  }

  /** Their tokens, padding included. */
  long tokens() {
    long tokens = 0;
    for (Flight flight : flights) {
      tokens += (long) flight.work.rows() * flight.work.width();
    }
    return tokens;
  }

  void send(InferenceWork work) {
    Flight flight = new Flight(work, deadlineMillis == NEVER ? NEVER : host.now() + deadlineMillis);
    flights.add(flight);
    watchDeadline();
    try (ArrowBatch batch = work.toBatch()) {
      session.infer(batch).subscribe(flight.answer);
    }
  }

  /** Deadlines end in the order in which batches were sent, so one timer serves them all. */
  private void watchDeadline() {
    Flight first = flights.peek();
    if (timerRuns || closed || first == null || deadlineMillis == NEVER) {
      return;
    }
    timerRuns = true;
    host.schedule(
        Duration.ofMillis(Math.max(0, first.deadline - host.now())),
        () -> {
          timerRuns = false;
          expire();
        });
  }

  private void expire() {
    if (closed) {
      return;
    }
    boolean any = false;
    for (Flight flight = flights.peek();
        flight != null && flight.deadline <= host.now();
        flight = flights.peek()) {
      flights.remove();
      if (!flight.answer.isWaiting()) {
        // Its answer is in the mailbox, and counts.
        overdue.add(flight);
        continue;
      }
      flight.answer.giveUp();
      outcome.failed(flight.work, timeout(flight.work));
      any = true;
    }
    watchDeadline();
    if (any) {
      outcome.landed();
    }
  }

  private AcceleratorException timeout(InferenceWork work) {
    return new AcceleratorException(
        Category.TIMEOUT,
        "The accelerator "
            + session.accelerator()
            + " did not answer a batch of "
            + work.rows()
            + " rows within "
            + deadlineMillis
            + " ms. Look after the device, or allow more time with the option '"
            + InferenceOptions.DEADLINE.key()
            + "'.");
  }

  private void receive(Flight flight) {
    Object content = flight.answer.fetch();
    if (content == null) {
      return;
    }
    boolean counts = flights.remove(flight) || overdue.remove(flight);
    if (!counts || closed) {
      if (content instanceof ArrowBatch late) {
        late.close();
      }
      return;
    }
    if (content instanceof ArrowBatch answer) {
      try (answer) {
        outcome.answered(flight.work, answer, System.nanoTime() - flight.sentAt);
      }
    } else {
      outcome.failed(flight.work, (Throwable) content);
    }
    outcome.landed();
  }

  /** Gives all of them up. */
  @Override
  public void close() {
    closed = true;
    flights.forEach(flight -> flight.answer.giveUp());
    flights.clear();
    overdue.forEach(flight -> flight.answer.giveUp());
    overdue.clear();
  }

  /** A batch at the accelerator. */
  private final class Flight implements Runnable {
    final InferenceWork work;
    final long deadline;
    final long sentAt = System.nanoTime();
    final Answer answer = new Answer(() -> host.execute(this));

    Flight(InferenceWork work, long deadline) {
      this.work = work;
      this.deadline = deadline;
    }

    @Override
    public void run() {
      receive(this);
    }
  }
}
