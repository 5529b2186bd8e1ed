package dev.millrace.jobs.bench;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One run of a job: the rows that go in, and when the first went in and the last came out. Source
 * and sink find it by its number, since all of Flink's tasks here are in this process.
 *
 * <p>Safe for use by several threads.
 */
final class JobRun implements AutoCloseable {

  /** Told of rows on their way; called on tasks' threads. */
  interface Watcher {

    Watcher NONE = received -> {};

    /** So many rows have come out. */
    void received(int rows);
  }

  private static final Map<Long, JobRun> RUNNING = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final List<String> texts;
  private final int rows;
  private final Watcher watcher;
  private final AtomicInteger received = new AtomicInteger();
  private final AtomicLong began = new AtomicLong();
  private final AtomicLong beganCpu = new AtomicLong();
  private volatile long ended;
  private volatile long endedCpu;
  private volatile float touched;

  /**
   * @param texts after the last comes the first again
   */
  JobRun(List<String> texts, int rows, Watcher watcher) {
    this.texts = texts;
    this.rows = rows;
    this.watcher = watcher;
    RUNNING.put(number, this);
  }

  static JobRun of(long number) {
    JobRun run = RUNNING.get(number);
    if (run == null) {
      throw new IllegalStateException("Run " + number + " is not in this process, or is over.");
    }
    return run;
  }

  long number() {
    return number;
  }

  int rows() {
    return rows;
  }

  /** Takes a row into the job. */
  String send(long index) {
    if (began.get() == 0 && began.compareAndSet(0, System.nanoTime())) {
      beganCpu.set(Usage.processCpuNanos());
    }
    return texts.get((int) (index % texts.size()));
  }

  /** A row has come out, with its vector. */
  void receive(float[] vector) {
    receive(vector[0] + vector[vector.length - 1]);
  }

  /** Something has come out. */
  void receive(float ofIt) {
    touched = ofIt;
    int count = received.incrementAndGet();
    if (count == rows) {
      ended = System.nanoTime();
      endedCpu = Usage.processCpuNanos();
    }
    watcher.received(count);
  }

  /** How many have come out. */
  int received() {
    return received.get();
  }

  /** Checks that each row came out once. */
  void requireAll() {
    if (received.get() != rows) {
      throw new IllegalStateException(
          "Of "
              + rows
              + " rows "
              + received.get()
              + " came out with a vector (the last ends with "
              + touched
              + "). The measurement counts for nothing.");
    }
  }

  /** From the first row in to the last vector out. */
  double seconds() {
    return (ended - began.get()) / 1e9;
  }

  /** What all threads of the process used in that time. */
  double cpuSeconds() {
    return (endedCpu - beganCpu.get()) / 1e9;
  }

  double rowsPerSecond() {
    return rows / seconds();
  }

  @Override
  public void close() {
    RUNNING.remove(number);
  }
}
