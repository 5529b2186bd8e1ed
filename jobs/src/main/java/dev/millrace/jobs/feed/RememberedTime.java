package dev.millrace.jobs.feed;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Passes rows on, and lets event time go on where it was when the job is restored.
 *
 * <p>Flink keeps no watermarks in its checkpoints. The first one after a restore is that of the
 * newest row read, and what waited for event time further down, which may be thousands of baskets
 * because the items' embeddings were behind, would all be due at once, and be in memory at once. So
 * the last watermarks are remembered, and come again, one by one, before anything else does.
 *
 * <p>At parallelism 1, behind the source.
 */
final class RememberedTime<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<T, T> {

  private static final long serialVersionUID = 1L;

  /** With {@link SteadyWatermarks} they are those of 800,000 rows or of 13 minutes. */
  static final int REMEMBERED = 4096;

  private static final ListStateDescriptor<Long> WATERMARKS =
      new ListStateDescriptor<>("watermarks", Types.LONG);

  private final boolean neverIdle;

  // Flink calls initializeState() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient Deque<Long> passed;

  @SuppressWarnings("NullAway.Init")
  private transient ListState<Long> state;

  private transient boolean cameAgain;

  /**
   * @param neverIdle whether it never says that no rows are coming. When nobody buys, a topic is
   *     idle as a whole, and an idle input gives way to the others: the catalogue's, whose time is
   *     over from its end on, would take the feed's time to the end of all time
   */
  @SuppressWarnings("NullAway.Init")
  RememberedTime(boolean neverIdle) {
    this.neverIdle = neverIdle;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    passed = new ArrayDeque<>();
    state = context.getOperatorStateStore().getListState(WATERMARKS);
    for (long time : state.get()) {
      passed.add(time);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.update(List.copyOf(passed));
  }

  @Override
  public void processElement(StreamRecord<T> row) {
    comeAgain();
    output.collect(row);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    comeAgain();
    super.processWatermark(mark);
    long time = mark.getTimestamp();
    // The end of all time comes again by itself, and only if the input still ends there.
    if (time != Watermark.MAX_WATERMARK.getTimestamp()
        && (passed.isEmpty() ? time != Long.MIN_VALUE : time > passed.getLast())) {
      passed.add(time);
      if (passed.size() > REMEMBERED) {
        passed.remove();
      }
    }
  }

  private void comeAgain() {
    if (!cameAgain) {
      cameAgain = true;
      passed.forEach(time -> output.emitWatermark(new Watermark(time)));
    }
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    if (!neverIdle) {
      super.processWatermarkStatus(status);
    }
  }
}
