package dev.millrace.pipelines.sql.index;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The threads of an index. */
final class Threads {

  private Threads() {}

  /** Daemons that have a name. Ended with {@link #end}. */
  static ExecutorService start(String name, int count) {
    return Executors.newFixedThreadPool(
        count,
        action -> {
          Thread made = new Thread(action, name);
          made.setDaemon(true);
          return made;
        });
  }

  /** Waits for what they do, also if interrupted: nothing may read an index after that. */
  static void end(ExecutorService ending) {
    ending.shutdown();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = ending.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
