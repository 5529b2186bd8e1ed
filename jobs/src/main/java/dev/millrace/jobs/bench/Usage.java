package dev.millrace.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** What this process has used. */
final class Usage {

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Usage() {}

  /** Processor time of all threads, those of libraries and of the collector too. */
  static long processCpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /** Heap bytes that this thread has allocated. */
  static long allocatedByThis() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** Heap bytes that the other living threads whose name is asked for have allocated. */
  static long allocatedByOthers(Predicate<String> threadNames) {
    long self = Thread.currentThread().getId();
    long sum = 0;
    for (java.lang.management.ThreadInfo thread :
        THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null
          && thread.getThreadId() != self
          && threadNames.test(thread.getThreadName())) {
        sum += Math.max(0, THREADS.getThreadAllocatedBytes(thread.getThreadId()));
      }
    }
    return sum;
  }

  /** Resident memory. */
  static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status has no line VmRSS.");
  }
}
