package dev.millrace.jobs.bench;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts what comes and drops it. */
record CountingSink<T>(long run) implements Sink<T> {

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    JobRun found = JobRun.of(run);
    return new SinkWriter<>() {
      @Override
      public void write(T element, Context unused) {
        found.receive(0);
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
