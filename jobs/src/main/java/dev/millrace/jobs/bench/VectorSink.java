package dev.millrace.jobs.bench;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple2;

/** Looks at each vector and drops it. */
final class VectorSink<T> implements Sink<Tuple2<T, float[]>> {

  private static final long serialVersionUID = 1L;

  private final long number;

  VectorSink(JobRun run) {
    this.number = run.number();
  }

  @Override
  public SinkWriter<Tuple2<T, float[]>> createWriter(WriterInitContext context) {
    return new Writer<>(JobRun.of(number));
  }

  private static final class Writer<T> implements SinkWriter<Tuple2<T, float[]>> {
    private final JobRun run;

    Writer(JobRun run) {
      this.run = run;
    }

    @Override
    public void write(Tuple2<T, float[]> row, Context context) {
      run.receive(row.f1);
    }

    @Override
    public void flush(boolean endOfInput) {}

    @Override
    public void close() {}
  }
}
