package dev.millrace.accelerator.onnx;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one session: a fixed number, that do what they are given in order. */
final class Workers implements AutoCloseable {

  private final ThreadPoolExecutor executor;

  Workers(String session, int count) {
    AtomicInteger started = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread =
                  new Thread(task, "millrace " + session + " " + started.incrementAndGet());
              thread.setDaemon(true);
              // Not that of the task which happened to open the session: it would be kept alive.
              thread.setContextClassLoader(Workers.class.getClassLoader());
              return thread;
            });
    // What stops a thread from starting is told now, and not in the middle of a batch.
    executor.prestartAllCoreThreads();
  }

  void execute(Runnable task) {
    executor.execute(task);
  }

  /** The threads end when they have done what they were given. Does not wait for it. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
