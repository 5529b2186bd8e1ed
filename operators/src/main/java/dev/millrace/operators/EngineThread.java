package dev.millrace.operators;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.flink.util.function.ThrowingRunnable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread with a clock and timers, for an engine that has no task to live in. */
final class EngineThread {

  private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);

  private final ScheduledThreadPoolExecutor executor;
  private final Consumer<Throwable> whenFailed;
  private final AtomicBoolean ended = new AtomicBoolean();

  /**
   * Starts it.
   *
   * @param whenFailed told on the thread, what an action threw
   */
  EngineThread(String name, Consumer<Throwable> whenFailed) {
    this.whenFailed = whenFailed;
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            action -> {
              Thread thread = new Thread(action, "millrace " + name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
  }

  /** Runs it on the thread, soon. Callable from any thread. Does nothing after the end. */
  void execute(Runnable action) {
    try {
      executor.execute(guarded(action));
    } catch (RejectedExecutionException over) {
      // Whoever ends the thread gives up all that is under way.
      LOG.debug("Something came after the end.", over);
    }
  }

  /** Runs it on the thread, after a while, unless cancelled. Called on the thread. */
  Future<?> schedule(Duration delay, Runnable action) {
    return executor.schedule(guarded(action), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Milliseconds of a clock that is never put back. */
  long now() {
    return System.nanoTime() / 1_000_000;
  }

  private Runnable guarded(Runnable action) {
    return () -> {
      try {
        action.run();
      } catch (Throwable failure) {
        whenFailed.accept(failure);
      }
    };
  }

  /**
   * Runs a last action, behind all that is to be run now, and ends the thread. Waits for it, also
   * when interrupted. Idempotent.
   *
   * @throws Exception what the action threw
   */
  void end(ThrowingRunnable<Exception> last) throws Exception {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              last.run();
              return null;
            });
    executor.execute(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException again) {
          interrupted = true;
        } catch (ExecutionException failed) {
          if (failed.getCause() instanceof Exception cause) {
            throw cause;
          }
          throw failed;
        }
      }
    } finally {
      executor.shutdownNow();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
