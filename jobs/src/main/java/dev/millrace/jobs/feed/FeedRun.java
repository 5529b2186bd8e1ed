package dev.millrace.jobs.feed;

import dev.millrace.operators.InferenceAccumulators;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;

/** Follows a job that was started, from its first figures to its last. Used by one thread. */
final class FeedRun {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
  private static final long SECONDS_TO_STOP = 20;

  private final JobClient job;
  private final long began;
  private FeedFigures figures = FeedFigures.NONE;
  private long textsEmbedded;
  private long tokens;
  private long paddedTokens;
  private @Nullable Throwable failure;
  private volatile boolean stopAsked;
  private volatile boolean ended;

  /**
   * @param began when the run began, by {@link System#nanoTime()}
   */
  FeedRun(JobClient job, long began) {
    this.job = job;
    this.began = began;
  }

  /**
   * Waits until the job ends.
   *
   * @param progress told every now and then
   */
  void await(Consumer<FeedReport> progress) throws InterruptedException {
    var result = job.getJobExecutionResult();
    while (true) {
      try {
        JobExecutionResult done = result.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
        take(done.getAllAccumulatorResults());
        ended = true;
        return;
      } catch (TimeoutException goesOn) {
        look();
        progress.accept(report());
      } catch (ExecutionException | CancellationException failed) {
        failure = failed.getCause() == null ? failed : failed.getCause();
        ended = true;
        return;
      }
    }
  }

  /**
   * Ends the job in order: a last checkpoint, what belongs to it is committed, and no row after it
   * was read. Where that cannot be or takes too long, the job is cancelled. Nothing happens to a
   * job that has ended. Returns at once.
   *
   * @param folder where the last checkpoint is written
   */
  void stop(Path folder) {
    if (ended) {
      return;
    }
    stopAsked = true;
    var unused =
        job.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.NATIVE)
            .orTimeout(SECONDS_TO_STOP, TimeUnit.SECONDS)
            .whenComplete(
                (savepoint, failed) -> {
                  if (failed != null) {
                    var unusedToo = job.cancel();
                  }
                });
  }

  /** Whether it was asked to stop. */
  boolean stopAsked() {
    return stopAsked;
  }

  private void look() throws InterruptedException {
    try {
      take(job.getAccumulators().get(5, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException | IllegalStateException notNow) {
      // The job is starting, restarting or ending: the figures of before stand.
    }
  }

  private void take(Map<String, Object> accumulators) {
    if (accumulators.get(ReportFunction.FIGURES) instanceof FeedFigures latest) {
      figures = latest;
    }
    textsEmbedded = number(accumulators, InferenceAccumulators.TEXTS_EMBEDDED, textsEmbedded);
    tokens = number(accumulators, InferenceAccumulators.TOKENS, tokens);
    paddedTokens = number(accumulators, InferenceAccumulators.PADDED_TOKENS, paddedTokens);
  }

  private static long number(Map<String, Object> accumulators, String name, long otherwise) {
    return accumulators.get(name) instanceof Number number ? number.longValue() : otherwise;
  }

  /** The figures as of now. */
  FeedReport report() {
    double seconds = (System.nanoTime() - began) / 1e9;
    return new FeedReport(figures.tally(), textsEmbedded, tokens, paddedTokens, seconds);
  }

  /** The feeds to show. */
  FeedFigures figures() {
    return figures;
  }

  /** Why the job did not end as it should have, or null. */
  @Nullable Throwable failure() {
    return failure;
  }
}
