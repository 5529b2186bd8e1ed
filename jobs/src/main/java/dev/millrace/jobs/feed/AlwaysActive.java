package dev.millrace.jobs.feed;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Passes rows on, and never says that none are coming. When nobody buys, a topic is idle as a
 * whole, and an idle input gives way to the others: the catalogue's, whose time is over from its
 * end on, would take the feed's time to the end of all time.
 */
final class AlwaysActive<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<T, T> {

  private static final long serialVersionUID = 1L;

  @Override
  public void processElement(StreamRecord<T> row) {
    output.collect(row);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) {
    // It is active from the beginning and stays so.
  }
}
