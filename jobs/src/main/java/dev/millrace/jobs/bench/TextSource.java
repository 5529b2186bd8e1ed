package dev.millrace.jobs.bench;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource.NumberSequenceSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The texts of a {@link JobRun} as a stream. It hands on many rows each time that it is asked, so
 * that what is measured is not the source.
 */
final class TextSource
    implements Source<String, NumberSequenceSplit, Collection<NumberSequenceSplit>> {

  private static final long serialVersionUID = 1L;

  private static final int ROWS_AT_ONCE = 32;
  private static final double OUT_BEFORE_THE_REST = 0.99;
  private static final long LOOKS_NANOS = 1_000_000;

  private final NumberSequenceSource numbers;
  private final long run;
  private final long atOnce;
  private final long nanosBetween;

  private TextSource(JobRun run, long atOnce, long nanosBetween) {
    this.numbers = new NumberSequenceSource(0, run.rows() - 1L);
    this.run = run.number();
    this.atOnce = atOnce;
    this.nanosBetween = nanosBetween;
  }

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
    return of(environment, run, 0, nanosBetween);
  }

  /**
   * A stream of which a part is there already, and the rest comes at a pace, from when nearly all
   * of that part has come out.
   *
   * @param atOnce rows of the first part, of which there is one reader
   */
  static SingleOutputStreamOperator<String> of(
      StreamExecutionEnvironment environment, JobRun run, long atOnce, long nanosBetween) {
    return environment.fromSource(
        new TextSource(run, atOnce, nanosBetween),
        WatermarkStrategy.noWatermarks(),
        "texts",
        Types.STRING);
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
      SplitEnumeratorContext<NumberSequenceSplit> context) {
    return numbers.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> restoreEnumerator(
      SplitEnumeratorContext<NumberSequenceSplit> context,
      Collection<NumberSequenceSplit> checkpoint) {
    return numbers.restoreEnumerator(context, checkpoint);
  }

  @Override
  public SimpleVersionedSerializer<NumberSequenceSplit> getSplitSerializer() {
    return numbers.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<Collection<NumberSequenceSplit>>
      getEnumeratorCheckpointSerializer() {
    return numbers.getEnumeratorCheckpointSerializer();
  }

  @Override
  public SourceReader<String, NumberSequenceSplit> createReader(SourceReaderContext context) {
    return new Reader(context, JobRun.of(run), atOnce, nanosBetween);
  }

  /** Reads one split: there are as many as readers. */
  private static final class Reader implements SourceReader<String, NumberSequenceSplit> {
    private final SourceReaderContext context;
    private final JobRun run;
    private final long atOnce;
    private final long nanosBetween;
    private final Deque<NumberSequenceSplit> splits = new ArrayDeque<>();
    private final CompletableFuture<Void> assigned = new CompletableFuture<>();
    private long next;
    private long last = -1;
    private long firstAt;

    Reader(SourceReaderContext context, JobRun run, long atOnce, long nanosBetween) {
      this.context = context;
      this.run = run;
      this.atOnce = atOnce;
      this.nanosBetween = nanosBetween;
    }

    @Override
    public void start() {
      context.sendSplitRequest();
    }

    @Override
    public void addSplits(List<NumberSequenceSplit> more) {
      splits.addAll(more);
      assigned.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
      assigned.complete(null);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return assigned;
    }

    @Override
    public InputStatus pollNext(ReaderOutput<String> output) {
      if (next > last) {
        NumberSequenceSplit split = splits.poll();
        if (split == null) {
          return assigned.isDone() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }
        next = split.from();
        last = split.to();
      }
      boolean paced = nanosBetween > 0 && next >= atOnce;
      long until = paced ? next : Math.min(last, next + ROWS_AT_ONCE - 1);
      for (; next <= until; next++) {
        if (paced) {
          pace();
        }
        output.collect(run.send(next));
      }
      return InputStatus.MORE_AVAILABLE;
    }

    private void pace() {
      if (firstAt == 0) {
        while (run.received() < atOnce * OUT_BEFORE_THE_REST) {
          LockSupport.parkNanos(LOOKS_NANOS);
        }
        firstAt = System.nanoTime() - next * nanosBetween;
      }
      long due = firstAt + next * nanosBetween;
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
    }

    @Override
    public List<NumberSequenceSplit> snapshotState(long checkpoint) {
      throw new UnsupportedOperationException("A measured job has no checkpoints.");
    }

    @Override
    public void close() {}
  }
}
