package dev.millrace.accelerator.remote;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads of a session that do not keep the task alive which happened to open it. */
public final class RemoteThreads {

  private RemoteThreads() {}

  /** Daemons, named after a session. */
  public static ThreadFactory named(String session) {
    AtomicInteger started = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "millrace " + session + " " + started.incrementAndGet());
      thread.setDaemon(true);
      thread.setContextClassLoader(RemoteThreads.class.getClassLoader());
      return thread;
    };
  }
}
