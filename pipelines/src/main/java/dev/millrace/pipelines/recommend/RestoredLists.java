package dev.millrace.pipelines.recommend;

import org.apache.flink.api.common.JobID;
import org.jspecify.annotations.Nullable;

/**
 * A subtask's way to {@link SharedLists} from before its state is read. Flink reads an operator's
 * state before it lets the operator say anything, with a serializer that knows of no job, and has
 * all of it on the heap until then. So that lists are not, {@link ItemStateSerializer} finds here,
 * by the thread, which is the task's, where they belong.
 *
 * <p>Its owner closes it. Used by the task's thread.
 */
final class RestoredLists implements AutoCloseable {
  private static final ThreadLocal<@Nullable RestoredLists> OF_THREAD = new ThreadLocal<>();

  private final JobID job;
  private @Nullable SharedLists lists;

  private RestoredLists(JobID job) {
    this.job = job;
  }

  /** From now on what this thread reads of an item's state belongs to a job. */
  static RestoredLists begin(JobID job) {
    RestoredLists restored = new RestoredLists(job);
    OF_THREAD.set(restored);
    return restored;
  }

  /** Where what this thread reads belongs; null where it is to stay as it is. */
  static @Nullable SharedLists ofThread() {
    RestoredLists restored = OF_THREAD.get();
    return restored == null ? null : restored.lists();
  }

  /** The state has been read. What this gives stays its own. */
  SharedLists end() {
    OF_THREAD.remove();
    return lists();
  }

  private SharedLists lists() {
    SharedLists joined = lists;
    if (joined == null) {
      joined = SharedLists.join(job);
      lists = joined;
    }
    return joined;
  }

  /** Leaves the others of the job, also where the state could not be read. Idempotent. */
  @Override
  public void close() {
    OF_THREAD.remove();
    if (lists != null) {
      lists.close();
    }
  }
}
