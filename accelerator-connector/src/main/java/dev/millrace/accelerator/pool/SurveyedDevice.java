package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.PromptRows;
import dev.millrace.accelerator.telemetry.Telemetry;
import dev.millrace.accelerator.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One device of a survey. What is found out is there for other threads as soon as it is known. */
final class SurveyedDevice implements AutoCloseable {

  private static final int WIDTH = 32;
  private static final int MOST_ROWS = 1024;
  private static final Duration CANARY = Duration.ofSeconds(30);
  private static final int MOST_ANSWERS = 16;
  private static final int ANSWER_TOKENS = 16;

  private final int index;
  private final Member member;
  private final Model model;
  private final SessionOptions options;
  private final Canary canary;
  private final Clock clock;
  private final Duration measuredFor;
  private @Nullable InferenceSession session;
  private @Nullable String trouble = "it is still being loaded";
  private @Nullable String odd;
  private @Nullable DeviceReading reading;
  private @Nullable String telemetryTrouble;
  private long loadMillis;
  private double tokensPerSecond;
  private int batchTokens;
  private boolean busy;
  private boolean closed;

  SurveyedDevice(
      int index,
      Member member,
      Model model,
      SessionOptions options,
      Canary canary,
      Clock clock,
      Duration measuredFor) {
    this.index = index;
    this.member = member;
    this.model = model;
    this.options = options;
    this.canary = canary;
    this.clock = clock;
    this.measuredFor = measuredFor;
  }

  /** Opens a session if there is none, and reads the telemetry. */
  void load() {
    if (begin()) {
      try {
        readTelemetry(open());
      } finally {
        end();
      }
    }
  }

  /** Asks it the input whose answer is known. */
  void ask() {
    if (!begin()) {
      return;
    }
    try {
      InferenceSession open = current();
      if (open != null) {
        ask(open);
      }
    } finally {
      end();
    }
  }

  /** Whether nothing else is done with it; then {@link #end} follows. */
  private synchronized boolean begin() {
    boolean begins = !busy && !closed;
    busy |= begins;
    return begins;
  }

  private synchronized void end() {
    busy = false;
  }

  private synchronized @Nullable String odd() {
    return odd;
  }

  private synchronized @Nullable InferenceSession current() {
    return session;
  }

  private @Nullable InferenceSession open() {
    synchronized (this) {
      if (session != null) {
        return session;
      }
    }
    long begun = clock.nanos();
    InferenceSession opened;
    try {
      if (member.comparedWithProcessor()) {
        canary.compareWithProcessor(index);
      }
      opened = Sessions.open(member.uri(), model, options);
    } catch (RuntimeException | Error failure) {
      synchronized (this) {
        trouble = String.valueOf(failure.getMessage());
      }
      return null;
    }
    synchronized (this) {
      if (!closed) {
        session = opened;
        trouble = null;
        loadMillis = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - begun);
        return opened;
      }
    }
    opened.close();
    return null;
  }

  private void ask(InferenceSession open) {
    CompletableFuture<String> verdict = new CompletableFuture<>();
    canary.check(
        index,
        open,
        clock,
        CANARY.toNanos(),
        problem -> verdict.complete(problem == null ? "" : problem));
    String problem = verdict.join();
    synchronized (this) {
      odd = problem.isEmpty() ? null : problem;
    }
  }

  private void readTelemetry(@Nullable InferenceSession open) {
    String from = member.telemetry();
    try {
      DeviceReading read =
          from != null ? Telemetry.of(from).read() : open == null ? null : open.reading();
      synchronized (this) {
        reading = read;
        telemetryTrouble = null;
      }
    } catch (IOException unreadable) {
      synchronized (this) {
        telemetryTrouble = String.valueOf(unreadable.getMessage());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs batches of the size that it suggests for a moment, as many as it works on at once. */
  void measure() {
    if (!begin()) {
      return;
    }
    try {
      InferenceSession open = current();
      if (open != null && odd() == null) {
        measure(open);
      }
    } catch (RuntimeException failure) {
      synchronized (this) {
        trouble = String.valueOf(failure.getMessage());
      }
    } finally {
      end();
    }
  }

  private void measure(InferenceSession open) {
    if (model.task() == ModelTask.RAW) {
      // It has no tokens, and how many rows make a good batch nobody knows.
      return;
    }
    if (model.task() == ModelTask.GENERATION) {
      measureAnswers(open);
      return;
    }
    int width = Math.min(WIDTH, model.text().maxTokens());
    int rows = Math.max(1, Math.min(MOST_ROWS, open.suggestedTokens(width) / width));
    AtomicLong answered = new AtomicLong();
    try (MemoryScope scope = MemoryScope.open("measurement of " + member.uri());
        ArrowBatch batch = CanaryInput.ofOneLength(model, rows, width, scope, open.readsTexts())) {
      // What is made ready with the first batch is not the device's speed.
      Long unused = run(open, batch, answered).block(measuredFor.multipliedBy(8));
      answered.set(0);
      long begun = clock.nanos();
      Flux.range(0, Integer.MAX_VALUE)
          .flatMap(i -> run(open, batch, answered), open.parallelism() + 1, 1)
          .take(measuredFor)
          .blockLast(measuredFor.multipliedBy(8));
      double seconds = (clock.nanos() - begun) / 1e9;
      synchronized (this) {
        batchTokens = rows * width;
        tokensPerSecond = answered.get() * (double) batchTokens / seconds;
        trouble =
            answered.get() == 0
                ? "it answered no batch of " + batchTokens + " tokens in time"
                : null;
      }
    } catch (IllegalStateException tooLate) {
      throw new AcceleratorException(
          Category.TIMEOUT,
          "It did not answer within " + measuredFor.multipliedBy(8).toMillis() + " ms.",
          tooLate);
    }
  }

  /**
   * Has a few short answers written at once: as little as tells a speed, since each token costs.
   */
  private void measureAnswers(InferenceSession open) {
    AtomicLong tokens = new AtomicLong();
    try (MemoryScope scope = MemoryScope.open("measurement of " + member.uri());
        ArrowBatch prompt = PromptRows.limited(scope, "Count from one to ten.", ANSWER_TOKENS)) {
      long begun = clock.nanos();
      Flux.range(0, Math.min(MOST_ANSWERS, open.parallelism()))
          .flatMap(i -> open.infer(prompt), MOST_ANSWERS, 1)
          .doOnNext(
              answer -> {
                try (answer) {
                  Integer written = AnswerColumns.read(answer, 0).answerTokens();
                  tokens.addAndGet(written == null ? 0 : written);
                }
              })
          .blockLast(CANARY);
      double seconds = (clock.nanos() - begun) / 1e9;
      synchronized (this) {
        tokensPerSecond = tokens.get() / seconds;
        batchTokens = ANSWER_TOKENS;
      }
    } catch (IllegalStateException tooLate) {
      throw new AcceleratorException(
          Category.TIMEOUT,
          "It did not answer short prompts within " + CANARY.toSeconds() + " s.",
          tooLate);
    }
  }

  private static Mono<Long> run(InferenceSession open, ArrowBatch batch, AtomicLong answered) {
    return open.infer(batch)
        .map(
            answer -> {
              answer.close();
              return answered.incrementAndGet();
            });
  }

  synchronized DeviceReport report() {
    InferenceSession open = session;
    return new DeviceReport(
        member.uri(),
        trouble,
        open != null,
        open == null ? 0 : dimensions(open),
        open != null && open.batchInvariant(),
        open == null ? 0 : open.parallelism(),
        loadMillis,
        tokensPerSecond,
        batchTokens,
        odd,
        reading,
        telemetryTrouble);
  }

  private static int dimensions(InferenceSession open) {
    return open.signature().outputs().stream()
        .filter(output -> output.name().equals(TextColumns.EMBEDDING))
        .mapToInt(output -> (int) (long) output.shape().get(1))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() {
    InferenceSession open;
    synchronized (this) {
      closed = true;
      open = session;
      session = null;
    }
    if (open != null) {
      open.close();
    }
  }
}
