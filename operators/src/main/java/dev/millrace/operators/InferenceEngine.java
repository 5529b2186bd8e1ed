package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * Takes rows to an accelerator in batches and brings back what became of each. It knows nothing of
 * Flink: a {@link Host} gives it a thread and a clock.
 *
 * <p>A row is at one place at a time:
 *
 * <ol>
 *   <li>in the <b>batch being filled</b>, as tokens; it is closed by row count or by latency;
 *   <li>in a <b>closed batch that waits</b> because {@code max-in-flight} are at the accelerator,
 *       or because it failed and pauses before its next try;
 *   <li>in a batch <b>at the accelerator</b>;
 *   <li><b>done</b>: {@link PendingRow#succeed} or {@link PendingRow#fail} was called.
 * </ol>
 *
 * <p>A batch that failed for a reason that lies in its rows is halved until the bad row stands
 * alone and becomes a dead letter. A failure that says nothing of the rows is tried again after a
 * pause, and after the last attempt thrown to the task, which fails over. An out-of-memory answer
 * halves the batch.
 *
 * <p>Everything here runs on the host's thread but {@link Answer}, which crosses over.
 */
final class InferenceEngine<IN, OUT> implements AutoCloseable {

  /** The thread and the clock of the task. */
  interface Host {

    /** Runs on the task's thread, soon. Callable from any thread. Does nothing after its end. */
    void execute(Runnable action);

    /** Runs on the task's thread, after a while, unless cancelled. Called on the task's thread. */
    Future<?> schedule(Duration delay, Runnable action);

    /** Makes the original bytes of a row, for its dead letter. */
    byte[] bytesOf(Object row);
  }

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  private final InferenceSettings settings;
  private final TextOf<IN> textOf;
  private final EmbeddingJoiner<IN, OUT> joiner;
  private final InferenceSession session;
  private final Host host;
  private final InferenceCounts counts;
  private final Runnable progressed;
  private final TextBatchBuilder filling;
  private final TextBatchBuilder retrying;
  private final Deque<Work<IN, OUT>> waiting = new ArrayDeque<>();

  /** What is at the accelerator, each with the timer of its deadline. */
  private final Map<Answer, Future<?>> outstanding = new HashMap<>();

  private List<PendingRow<IN, OUT>> fillingRows = new ArrayList<>();
  private @Nullable Future<?> fillingTimer;
  private boolean closed;

  /**
   * @param session borrowed; the caller closes it after the engine
   * @param tokenizer borrowed likewise
   * @param scope borrowed likewise
   * @param progressed called on the task's thread whenever rows became done
   */
  InferenceEngine(
      InferenceSettings settings,
      TextOf<IN> textOf,
      EmbeddingJoiner<IN, OUT> joiner,
      InferenceSession session,
      Tokenizer tokenizer,
      MemoryScope scope,
      Host host,
      InferenceCounts counts,
      Runnable progressed) {
    this.settings = settings;
    this.textOf = textOf;
    this.joiner = joiner;
    this.session = session;
    this.host = host;
    this.counts = counts;
    this.progressed = progressed;
    this.filling = new TextBatchBuilder(scope, tokenizer);
    this.retrying = new TextBatchBuilder(scope, tokenizer);
  }

  /** Whether batches wait for a place at the accelerator: then the caller should hold rows back. */
  boolean isSaturated() {
    return !waiting.isEmpty();
  }

  /** Batches at the accelerator. */
  int inFlight() {
    return outstanding.size();
  }

  /** Takes a row. It becomes done in this call (a dead letter) or later. */
  void add(PendingRow<IN, OUT> row) {
    String text = textOf.textOf(row.row());
    if (text == null || text.isBlank()) {
      row.fail(
          deadLetter(
              row,
              DeadLetters.INVALID,
              text == null
                  ? "The row has no text. A row needs a text to be embedded."
                  : "The row's text is blank. A row needs a text to be embedded.",
              0));
      counts.deadLetter();
      progressed.run();
      return;
    }
    filling.add(text);
    fillingRows.add(row);
    if (fillingRows.size() >= settings.batchRows()) {
      flush();
    } else if (fillingRows.size() == 1) {
      fillingTimer = host.schedule(settings.batchLatency(), this::flush);
    }
  }

  /** Closes the batch that is being filled, if it holds rows. */
  void flush() {
    if (closed || fillingRows.isEmpty()) {
      return;
    }
    List<PendingRow<IN, OUT>> rows = fillingRows;
    fillingRows = new ArrayList<>(settings.batchRows());
    if (fillingTimer != null) {
      fillingTimer.cancel(false);
      fillingTimer = null;
    }
    Work<IN, OUT> work = new Work<>(rows, 1, 0);
    if (outstanding.size() < settings.maxInFlight() && waiting.isEmpty()) {
      send(work, filling);
    } else {
      work.keep(filling);
      waiting.add(work);
    }
  }

  private void sendWaiting() {
    while (outstanding.size() < settings.maxInFlight()) {
      Work<IN, OUT> work = waiting.poll();
      if (work == null) {
        return;
      }
      ArrowBatch kept = work.takeKept();
      if (kept != null) {
        send(work, kept);
      } else {
        for (PendingRow<IN, OUT> row : work.rows) {
          // It had a text when it came in, or it would not be here.
          retrying.add(String.valueOf(textOf.textOf(row.row())));
        }
        send(work, retrying);
      }
    }
  }

  private void send(Work<IN, OUT> work, TextBatchBuilder builder) {
    work.measure(builder);
    send(work, builder.build());
  }

  private void send(Work<IN, OUT> work, ArrowBatch batch) {
    long sentAt = System.nanoTime();
    Answer[] self = new Answer[1];
    Answer answer = new Answer(() -> host.execute(() -> receive(work, self[0], sentAt)));
    self[0] = answer;
    outstanding.put(answer, host.schedule(settings.deadline(), () -> expire(work, answer)));
    try (batch) {
      session.infer(batch).subscribe(answer);
    }
  }

  private void expire(Work<IN, OUT> work, Answer answer) {
    if (!answer.isWaiting() || outstanding.remove(answer) == null) {
      return;
    }
    answer.giveUp();
    failed(
        work,
        new AcceleratorException(
            Category.TIMEOUT,
            "The accelerator "
                + session.accelerator()
                + " did not answer a batch of "
                + work.rows.size()
                + " rows within "
                + settings.deadline().toMillis()
                + " ms. Look after the device, or allow more time with the option '"
                + InferenceOptions.DEADLINE.key()
                + "'."));
    sendWaiting();
    progressed.run();
  }

  private void receive(Work<IN, OUT> work, Answer answer, long sentAt) {
    Object content = answer.fetch();
    Future<?> deadline = outstanding.remove(answer);
    if (content == null || deadline == null) {
      if (content instanceof ArrowBatch late) {
        late.close();
      }
      return;
    }
    deadline.cancel(false);
    if (content instanceof ArrowBatch result) {
      // The next batch goes out before this one is unpacked: the device does not wait for that.
      sendWaiting();
      try (result) {
        succeeded(work, result, System.nanoTime() - sentAt);
      }
    } else {
      failed(work, (Throwable) content);
      sendWaiting();
    }
    progressed.run();
  }

  private void succeeded(Work<IN, OUT> work, ArrowBatch result, long nanos) {
    if (result.rowCount() != work.rows.size()) {
      failed(
          work,
          new AcceleratorException(
              Category.OUTPUT,
              "The accelerator "
                  + session.accelerator()
                  + " answered "
                  + result.rowCount()
                  + " rows to a batch of "
                  + work.rows.size()
                  + "."));
      return;
    }
    EmbeddingView view =
        new EmbeddingView((FixedSizeListVector) result.requireColumn(TextColumns.EMBEDDING));
    for (int i = 0; i < work.rows.size(); i++) {
      PendingRow<IN, OUT> row = work.rows.get(i);
      row.succeed(joiner.join(row.row(), view.at(i)));
    }
    long padded = session.runsRowsAlone() ? work.tokens : (long) work.width * work.rows.size();
    counts.batchDone(work.rows.size(), work.tokens, padded, nanos);
  }

  private void failed(Work<IN, OUT> work, Throwable failure) {
    Category category =
        failure instanceof AcceleratorException known ? known.category() : Category.DEVICE;
    boolean rowsMayBeBad = category == Category.INPUT || category == Category.OUTPUT;
    boolean mayPass = category.retryable() && work.pauses + 1 < settings.maxAttempts();
    if (work.rows.size() > 1 && (rowsMayBeBad || category == Category.OUT_OF_MEMORY)) {
      counts.retried();
      waiting.addFirst(work.secondHalf());
      waiting.addFirst(work.firstHalf());
    } else if (mayPass) {
      counts.retried();
      Future<?> unused =
          host.schedule(
              FIRST_PAUSE.multipliedBy(1L << Math.min(work.pauses, 10)),
              () -> {
                if (!closed) {
                  waiting.addFirst(work.again());
                  sendWaiting();
                }
              });
    } else if (rowsMayBeBad || category == Category.OUT_OF_MEMORY) {
      PendingRow<IN, OUT> row = work.rows.get(0);
      row.fail(
          deadLetter(row, category.name(), String.valueOf(failure.getMessage()), work.attempt));
      counts.deadLetter();
    } else if (failure instanceof AcceleratorException known) {
      throw new AcceleratorException(
          category,
          known.getMessage()
              + (work.attempt == 1 ? "" : " The batch was tried " + work.attempt + " times."),
          failure);
    } else {
      throw new AcceleratorException(
          category,
          "The accelerator " + session.accelerator() + " failed with " + failure,
          failure);
    }
  }

  private DeadLetter deadLetter(
      PendingRow<IN, OUT> row, String category, String reason, int attempts) {
    return DeadLetters.of(
        category,
        reason,
        attempts,
        attempts == 0 ? null : session.model().digest(),
        host.bytesOf(row.row()));
  }

  /** Gives up everything that is under way. Batches at the device are freed when it answers. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    outstanding.forEach(
        (answer, deadline) -> {
          deadline.cancel(false);
          answer.giveUp();
        });
    outstanding.clear();
    for (Work<IN, OUT> work : waiting) {
      ArrowBatch kept = work.takeKept();
      if (kept != null) {
        kept.close();
      }
    }
    waiting.clear();
    filling.close();
    retrying.close();
  }

  /** Rows that travel as one batch. */
  private static final class Work<IN, OUT> {
    final List<PendingRow<IN, OUT>> rows;
    final int attempt;
    final int pauses;
    int tokens;
    int width;
    private @Nullable ArrowBatch kept;

    /**
     * @param attempt which try this is, from 1
     * @param pauses how many of the earlier tries failed for no fault of the rows
     */
    Work(List<PendingRow<IN, OUT>> rows, int attempt, int pauses) {
      this.rows = rows;
      this.attempt = attempt;
      this.pauses = pauses;
    }

    void measure(TextBatchBuilder builder) {
      tokens = builder.tokenCount();
      width = builder.width();
    }

    /** Lays the batch out now, to be sent when there is a place for it. */
    void keep(TextBatchBuilder builder) {
      measure(builder);
      kept = builder.build();
    }

    @Nullable ArrowBatch takeKept() {
      ArrowBatch batch = kept;
      kept = null;
      return batch;
    }

    Work<IN, OUT> again() {
      return new Work<>(rows, attempt + 1, pauses + 1);
    }

    Work<IN, OUT> firstHalf() {
      return new Work<>(rows.subList(0, rows.size() / 2), attempt + 1, pauses);
    }

    Work<IN, OUT> secondHalf() {
      return new Work<>(rows.subList(rows.size() / 2, rows.size()), attempt + 1, pauses);
    }
  }
}
