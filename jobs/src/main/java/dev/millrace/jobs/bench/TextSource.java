package dev.millrace.jobs.bench;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The texts of a {@link JobRun} as a stream. */
final class TextSource {

  private TextSource() {}

  static SingleOutputStreamOperator<String> of(StreamExecutionEnvironment environment, JobRun run) {
    return of(environment, run, 0);
  }

  /**
   * A stream that comes at a pace.
   *
   * @param nanosBetween from one row to the next; 0 for as fast as the job takes them
   */
  static SingleOutputStreamOperator<String> of(
      StreamExecutionEnvironment environment, JobRun run, long nanosBetween) {
    return environment.fromSource(
        new DataGeneratorSource<>(new Texts(run.number(), nanosBetween), run.rows(), Types.STRING),
        WatermarkStrategy.noWatermarks(),
        "texts");
  }

  private static final class Texts implements GeneratorFunction<Long, String> {
    private static final long serialVersionUID = 1L;

    private final long number;
    private final long nanosBetween;
    private transient @org.jspecify.annotations.Nullable JobRun run;
    private transient long firstAt;

    Texts(long number, long nanosBetween) {
      this.number = number;
      this.nanosBetween = nanosBetween;
    }

    @Override
    public String map(Long index) {
      JobRun found = run;
      if (found == null) {
        found = JobRun.of(number);
        run = found;
        firstAt = System.nanoTime();
      }
      if (nanosBetween > 0) {
        long due = firstAt + index * nanosBetween;
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
          java.util.concurrent.locks.LockSupport.parkNanos(wait);
        }
      }
      return found.send(index);
    }
  }
}
