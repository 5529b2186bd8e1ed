package dev.millrace.accelerator.time;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The time of this machine, with one thread that does what is due. */
public final class SystemClock implements Clock {

  private static final Logger LOG = LoggerFactory.getLogger(SystemClock.class);

  private final ScheduledThreadPoolExecutor executor;

  private SystemClock(String name) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              // Not that of the task which happened to start it: it would be kept alive.
              thread.setContextClassLoader(SystemClock.class.getClassLoader());
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Starts one. The caller closes it.
   *
   * @param name of its thread
   */
  public static SystemClock start(String name) {
    return new SystemClock(name);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm after(long nanos, Runnable action) {
    try {
      Future<?> scheduled =
          executor.schedule(
              () -> {
                try {
                  action.run();
                } catch (RuntimeException | Error failure) {
                  // It would be kept in a future that nobody looks at.
                  LOG.error("What was to be done later failed.", failure);
                }
              },
              Math.max(0, nanos),
              TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
