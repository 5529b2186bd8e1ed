package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Console;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lets the look-up go on after the job has ended. */
final class Staying {

  private final CountDownLatch stopped = new CountDownLatch(1);

  /** Ends it, also before it began. Does not block. */
  void stop() {
    stopped.countDown();
  }

  /**
   * Waits until it is stopped.
   *
   * @param most how long at most, or null for without end
   */
  void await(String url, @Nullable Duration most, Console console) throws InterruptedException {
    console.out().println();
    console
        .out()
        .println(
            "The feeds stay at "
                + url
                + (most == null ? " until Ctrl-C." : " for " + most.toSeconds() + " s."));
    console.out().flush();
    if (most == null) {
      stopped.await();
    } else {
      boolean unused = stopped.await(most.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
