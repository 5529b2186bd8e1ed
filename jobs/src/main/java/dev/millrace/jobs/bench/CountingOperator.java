package dev.millrace.jobs.bench;

import java.util.Objects;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Counts what comes and drops it, as the last operator of a job: Flink's operator around a sink
 * makes an array for each row where the JIT compiler does not see that nobody reads it, and what is
 * to be measured is not that.
 */
final class CountingOperator<T> extends AbstractStreamOperator<Void>
    implements OneInputStreamOperator<T, Void> {

  private static final long serialVersionUID = 1L;

  private final long number;
  private transient @Nullable JobRun run;

  CountingOperator(JobRun run) {
    this.number = run.number();
  }

  @Override
  public void open() throws Exception {
    super.open();
    run = JobRun.of(number);
  }

  @Override
  public void processElement(StreamRecord<T> element) {
    Objects.requireNonNull(run).receive(0);
  }
}
