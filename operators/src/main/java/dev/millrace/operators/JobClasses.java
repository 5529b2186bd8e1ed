package dev.millrace.operators;

import dev.millrace.accelerator.Sessions;
import org.apache.flink.api.common.functions.RuntimeContext;

/** The classes of a job, which a process of Flink's gives up when the job's last task is over. */
public final class JobClasses {

  private JobClasses() {}

  /**
   * Sees to it that nothing of ours holds them then. Once for each job and process is enough; more
   * does no harm.
   */
  public static void releaseWith(RuntimeContext context) {
    ClassLoader classes = context.getUserCodeClassLoader();
    context.registerUserCodeClassLoaderReleaseHookIfAbsent(
        "millrace",
        () -> {
          Sessions.release();
          takeFromThreads(classes);
        });
  }

  /**
   * A thread has the class loader of whoever happened to start it, and keeps it alive. So do
   * Flink's own that serve all jobs, such as that of its Netty client. Flink closes the class
   * loader, so nobody loads by it any more.
   */
  private static void takeFromThreads(ClassLoader classes) {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getContextClassLoader() == classes) {
        thread.setContextClassLoader(classes.getParent());
      }
    }
  }
}
