package dev.millrace.jobs.bench;

import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceSettings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Heap that a job allocates for each row, less what a job with the same source and the same end
 * allocates that infers nothing.
 */
final class GarbageMeasurement implements Measurement {

  private static final String ROW = "garbage";
  private static final String WHAT =
      "Heap bytes allocated a row by the task's and the session's threads, from the text to the"
          + " vector where the model wrote it, less those of the source and what counts the rows.";
  private static final Requirement REQUIREMENT = Requirement.atMost(64);
  private static final double STEADY_FROM = 0.5;
  private static final double STEADY_TO = 0.9;
  private static final int BASELINE_ROWS = 200_000;
  private static final double SECONDS = 4;

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 4;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Configuration options = bench.options(bench.usual());
    List<String> texts = bench.texts().shortTexts().first(bench.texts().shortTexts().size());
    Samples garbage = new Samples();
    try (JobContender session =
        new JobContender(bench.jobs(), bench.texts().shortTexts(), options)) {
      int rows = (int) Math.max(6000, session.run(3000) * SECONDS);
      Allocations baseline = new Allocations(BASELINE_ROWS);
      run(bench.cluster(), texts, baseline, source -> source.map(text -> 1).returns(Types.INT));
      int rounds = bench.settings().quick() ? 1 : Math.min(3, bench.settings().rounds());
      InferenceSettings settings = InferenceSettings.from(options);
      for (int round = 0; round < rounds; round++) {
        Allocations ours = new Allocations(rows);
        run(bench.cluster(), texts, ours, source -> embed(source, settings));
        garbage.add(ours.bytesPerRow() - baseline.bytesPerRow());
        report.say(
            String.format(
                Locale.ENGLISH,
                "%s: %s; %,.0f bytes a row, %,.0f of them the source's and the counter's",
                ROW,
                session.describe(),
                ours.bytesPerRow(),
                baseline.bytesPerRow()));
      }
    }
    report.add(Row.absolute(ROW, WHAT, "bytes a row", garbage, REQUIREMENT));
  }

  /** Looks at each vector where it lies and keeps none, so that the user's rows are nothing. */
  private static DataStream<Integer> embed(
      SingleOutputStreamOperator<String> source, InferenceSettings settings) {
    return source.transform(
        "embed",
        Types.INT,
        new EmbeddingOperatorFactory<String, Integer>(
            settings, text -> text, (text, vector) -> vector.get(0) == 0 ? 0 : 1));
  }

  private static void run(
      JobCluster cluster,
      List<String> texts,
      Allocations watcher,
      Function<SingleOutputStreamOperator<String>, DataStream<Integer>> stage)
      throws Exception {
    try (JobRun run = new JobRun(texts, watcher.rows, watcher)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      stage
          .apply(TextSource.of(environment, run))
          .transform("count", Types.VOID, new CountingOperator<>(run));
      cluster.run(environment);
      run.requireAll();
    }
  }

  /** Looks at the counters twice while the job is in its stride; called on the task's thread. */
  private static final class Allocations implements JobRun.Watcher {
    private final int rows;
    private final int from;
    private final int to;
    private volatile long atFrom;
    private volatile long atTo;

    Allocations(int rows) {
      this.rows = rows;
      from = (int) (rows * STEADY_FROM);
      to = (int) (rows * STEADY_TO);
    }

    /** The look at other threads allocates on this one, and must not be counted. */
    @Override
    public void received(int count) {
      if (count == from) {
        long others = Usage.allocatedByOthers(Allocations::isOfASession);
        atFrom = others + Usage.allocatedByThis();
      } else if (count == to) {
        long own = Usage.allocatedByThis();
        atTo = own + Usage.allocatedByOthers(Allocations::isOfASession);
      }
    }

    private static boolean isOfASession(String thread) {
      return thread.startsWith("millrace");
    }

    double bytesPerRow() {
      return (double) (atTo - atFrom) / (to - from);
    }
  }
}
