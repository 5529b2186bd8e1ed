package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what it gets, exactly once: what came after the last checkpoint is forgotten with the task.
 * It also fails the job, between a checkpoint and the next.
 */
final class DeliveredRows extends RichMapFunction<Tuple2<Long, float[]>, Tuple2<Long, float[]>>
    implements CheckpointedFunction, CheckpointListener {

  private static final long serialVersionUID = 1L;

  private static final Map<Integer, List<Tuple2<Long, float[]>>> BY_SUBTASK =
      new ConcurrentHashMap<>();
  private static final AtomicInteger FAILURES = new AtomicInteger();
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final int failures;
  private transient List<Tuple2<Long, float[]>> rows;
  private transient @Nullable ListState<Tuple2<Long, float[]>> state;
  private transient int sinceCheckpoint;
  private transient boolean completed;

  /**
   * @param failures how often it fails the job, over all subtasks
   */
  DeliveredRows(int failures) {
    this.failures = failures;
    this.rows = new ArrayList<>();
  }

  static void reset() {
    BY_SUBTASK.clear();
    FAILURES.set(0);
    COUNT.set(0);
  }

  /** Rows of the subtasks that ended last. */
  static List<Tuple2<Long, float[]>> all() {
    return BY_SUBTASK.values().stream().flatMap(List::stream).toList();
  }

  static int failures() {
    return FAILURES.get();
  }

  /** Rows that came, those that came again included. */
  static int count() {
    return COUNT.get();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    rows = new ArrayList<>();
    ListState<Tuple2<Long, float[]>> restored =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    "rows", TypeInformation.of(new TypeHint<Tuple2<Long, float[]>>() {})));
    restored.get().forEach(rows::add);
    state = restored;
  }

  @Override
  public Tuple2<Long, float[]> map(Tuple2<Long, float[]> row) {
    // With object reuse the row may be somebody else's.
    rows.add(Tuple2.of(row.f0, row.f1));
    COUNT.incrementAndGet();
    if (completed
        && ++sinceCheckpoint > 20
        && FAILURES.getAndUpdate(sofar -> Math.min(failures, sofar + 1)) < failures) {
      throw new IllegalStateException("the failure that the test wants");
    }
    return row;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    if (state != null) {
      state.update(rows);
    }
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    completed = true;
  }

  @Override
  public void close() {
    BY_SUBTASK.put(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), rows);
  }
}
