package dev.millrace.jobs.feed;

import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Counts a stream, exactly once, without state of its own: what it has counted leaves before each
 * checkpoint's barrier, so that it is in the checkpoint of the one who adds it up or is counted
 * again. It also leaves with watermarks, so that progress can be shown between checkpoints.
 */
final class TallyOperator<T> extends AbstractStreamOperator<Tally>
    implements OneInputStreamOperator<T, Tally>, BoundedOneInput {

  private static final long serialVersionUID = 1L;
  private static final int MOST_UNSENT = 1_000;

  /** Says what a row adds. */
  @FunctionalInterface
  interface Counter<T> extends Serializable {
    void count(T row, Tally tally);
  }

  private final Counter<T> counter;
  private transient Tally tally;
  private transient int unsent;

  private TallyOperator(Counter<T> counter) {
    this.counter = counter;
    this.tally = new Tally();
  }

  /** Counts the rows of a stream where they are, at its parallelism. */
  static <T> DataStream<Tally> count(String name, DataStream<T> rows, Counter<T> counter) {
    return rows.transform(name, TypeInformation.of(Tally.class), new TallyOperator<>(counter))
        .setParallelism(rows.getParallelism())
        .uid(name);
  }

  @Override
  public void open() throws Exception {
    super.open();
    tally = new Tally();
  }

  @Override
  public void processElement(StreamRecord<T> row) {
    counter.count(row.getValue(), tally);
    if (++unsent >= MOST_UNSENT) {
      send();
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    send();
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    send();
  }

  @Override
  public void endInput() {
    send();
  }

  private void send() {
    if (!tally.isEmpty()) {
      output.collect(new StreamRecord<>(tally));
      tally = new Tally();
    }
    unsent = 0;
  }
}
