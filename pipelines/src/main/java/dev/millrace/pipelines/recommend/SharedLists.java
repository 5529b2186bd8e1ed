package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.MemoryScope;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.JobID;

/**
 * What the subtasks of a job that are in one process share: the names of the items, and their lists
 * of companions and of what is near. Subtasks are at different moments of event time, but a list
 * that never changes may be read at any of them: each subtask knows which ones hold at its moment.
 *
 * <p>Who joins leaves again, by {@link #close}. The last one to leave gives all memory back, so a
 * job that is over, or begins anew in the same process, has left nothing.
 *
 * <p>Safe for use by several threads.
 */
final class SharedLists implements AutoCloseable {
  private static final Map<JobID, Shared> JOBS = new HashMap<>();

  private final JobID job;
  private final Shared shared;
  private boolean closed;

  private static final class Shared {
    final MemoryScope memory;
    final SharedRecords records;
    final ItemNames names = new ItemNames();
    int members;

    Shared(JobID job) {
      memory = MemoryScope.open("lists of the items of the feed " + job);
      records = new SharedRecords(memory.allocator());
    }
  }

  private SharedLists(JobID job, Shared shared) {
    this.job = job;
    this.shared = shared;
  }

  /** Joins the others of a job. The caller owns what it gets, and closes it. */
  static SharedLists join(JobID job) {
    synchronized (JOBS) {
      Shared shared = JOBS.computeIfAbsent(job, Shared::new);
      shared.members++;
      return new SharedLists(job, shared);
    }
  }

  ItemNames names() {
    return shared.names;
  }

  SharedRecords records() {
    return shared.records;
  }

  /** Leaves. To be called by whoever joined, with no reference to a record any more. Idempotent. */
  @Override
  public void close() {
    synchronized (JOBS) {
      if (closed) {
        return;
      }
      closed = true;
      shared.members--;
      if (shared.members == 0) {
        JOBS.remove(job);
        shared.records.close();
        shared.memory.close();
      }
    }
  }
}
