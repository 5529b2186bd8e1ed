package dev.millrace.jobs.bench;

import dev.millrace.accelerator.OffHeapMemory;
import dev.millrace.accelerator.Sessions;
import dev.millrace.jobs.cli.Console;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Embeds texts of mixed lengths for a while, and watches what memory becomes of it. */
final class Soak {

  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final Duration SETTLING = Duration.ofMinutes(1);
  private static final Duration TO_FREE = Duration.ofSeconds(10);
  private static final double MOST_GROWTH = 0.02;
  private static final int DISTINCT = 20_000;

  private final Bench bench;
  private final Console console;

  Soak(Bench bench, Console console) {
    this.bench = bench;
    this.console = console;
  }

  /** Soaks; answers whether memory held. */
  boolean run(Duration time) throws Exception {
    Configuration options = bench.options(bench.usual());
    AtomicLong done = new AtomicLong();
    long began = System.nanoTime();
    long settled = 0;
    long last = 0;
    try (JobRun run = new JobRun(bench.texts().mixed(DISTINCT), Integer.MAX_VALUE, done::set)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      Embed.stream(
              "embed",
              TextSource.of(environment, run),
              text -> text,
              InferenceSettings.from(options))
          .rows()
          .sinkTo(new VectorSink<>(run));
      JobCluster.Running job = bench.cluster().start(environment);
      for (long tick = 1; elapsed(began).compareTo(time) < 0 && !job.isOver(); tick++) {
        waitUntil(began + tick * EVERY.toNanos());
        last = Usage.residentBytes();
        if (settled == 0 && elapsed(began).compareTo(SETTLING) >= 0) {
          settled = last;
        }
        say(elapsed(began), done.get(), last, settled);
      }
      boolean ended = job.isOver();
      job.cancel();
      if (ended) {
        console.err().println("millrace bench: the job ended by itself; see --log-file.");
        return false;
      }
    }
    return conclude(settled, last);
  }

  private void say(Duration elapsed, long rows, long resident, long settled) {
    console
        .out()
        .println(
            String.format(
                Locale.ENGLISH,
                "  %4d s  %,12d rows  resident %,7.1f MiB%s  off-heap %,7.1f MiB",
                elapsed.toSeconds(),
                rows,
                mebibytes(resident),
                settled == 0
                    ? ""
                    : String.format(
                        Locale.ENGLISH, " (%+.2f%%)", 100.0 * (resident - settled) / settled),
                mebibytes(OffHeapMemory.allocatedBytes())));
    console.out().flush();
  }

  private boolean conclude(long settled, long last) {
    long until = System.nanoTime() + TO_FREE.toNanos();
    while ((OffHeapMemory.allocatedBytes() > 0 || Sessions.openCount() > 0)
        && System.nanoTime() < until) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    double growth = (double) (last - settled) / settled;
    boolean freed = OffHeapMemory.allocatedBytes() == 0 && Sessions.openCount() == 0;
    console
        .out()
        .println(
            String.format(
                Locale.ENGLISH,
                "Resident memory after the first minute grew by %.2f%%; less than 2%% is required."
                    + " Off-heap memory at the end: %,d bytes (%s); sessions open: %d.",
                100 * growth,
                OffHeapMemory.allocatedBytes(),
                OffHeapMemory.describe(),
                Sessions.openCount()));
    return growth < MOST_GROWTH && freed;
  }

  private static void waitUntil(long nanoTime) {
    for (long wait = nanoTime - System.nanoTime(); wait > 0; wait = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }

  private static Duration elapsed(long began) {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static double mebibytes(long bytes) {
    return bytes / 1024.0 / 1024.0;
  }
}
