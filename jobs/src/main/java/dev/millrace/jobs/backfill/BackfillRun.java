package dev.millrace.jobs.backfill;

import dev.millrace.operators.InferenceAccumulators;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.core.execution.JobClient;
import org.jspecify.annotations.Nullable;

/** Follows a job that was started, from its first figures to its last. Used by one thread. */
final class BackfillRun {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final JobClient job;
  private final long began;
  private final Map<String, Long> figures = new HashMap<>();
  private @Nullable Throwable failure;

  /**
   * @param began when the run began, by {@link System#nanoTime()}
   */
  BackfillRun(JobClient job, long began) {
    this.job = job;
    this.began = began;
  }

  /**
   * Waits until the job ends.
   *
   * @param progress told every now and then
   */
  void await(Consumer<BackfillRun> progress) throws InterruptedException {
    var result = job.getJobExecutionResult();
    while (true) {
      try {
        take(
            result.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS).getAllAccumulatorResults());
        return;
      } catch (TimeoutException goesOn) {
        look();
        progress.accept(this);
      } catch (ExecutionException | CancellationException ended) {
        failure = ended.getCause() == null ? ended : ended.getCause();
        return;
      }
    }
  }

  private void look() throws InterruptedException {
    try {
      take(job.getAccumulators().get(5, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException | IllegalStateException notNow) {
      // The job is starting, restarting or ending: the figures of before stand.
    }
  }

  private void take(Map<String, Object> accumulators) {
    accumulators.forEach(
        (name, value) -> {
          if (value instanceof Number number) {
            figures.put(name, number.longValue());
          }
        });
  }

  private long figure(String name) {
    return figures.getOrDefault(name, 0L);
  }

  /** Rows whose fate is known, in this run. */
  long rows() {
    return figure(PartWriter.ROWS);
  }

  long deadLetters() {
    return figure(PartWriter.LETTERS);
  }

  long textsEmbedded() {
    return figure(InferenceAccumulators.TEXTS_EMBEDDED);
  }

  long repeatedTexts() {
    return figure(InferenceAccumulators.REPEATED_TEXTS);
  }

  long tokens() {
    return figure(InferenceAccumulators.TOKENS);
  }

  long paddedTokens() {
    return figure(InferenceAccumulators.PADDED_TOKENS);
  }

  double seconds() {
    return (System.nanoTime() - began) / 1e9;
  }

  /** Why the job did not end as it should have, or null. */
  @Nullable Throwable failure() {
    return failure;
  }
}
