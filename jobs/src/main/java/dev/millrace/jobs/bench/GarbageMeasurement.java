package dev.millrace.jobs.bench;

import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Heap that a job allocates for each row, less what a job allocates that makes the same rows and
 * infers nothing.
 */
final class GarbageMeasurement implements Measurement {

  private static final String ROW = "garbage";
  private static final String WHAT =
      "Heap bytes allocated a row by the task's and the session's threads, from tokenising to the"
          + " vector, less those of the user's own rows.";
  private static final Requirement REQUIREMENT = Requirement.atMost(64);
  private static final int DIMENSIONS = 384;
  private static final double STEADY_FROM = 0.4;
  private static final double STEADY_TO = 0.9;
  private static final int BASELINE_ROWS = 200_000;
  private static final double SECONDS = 2;

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
      int rows = (int) Math.max(2000, session.run(1000) * SECONDS);
      Allocations baseline = new Allocations(BASELINE_ROWS);
      runBaseline(bench.cluster(), texts, baseline);
      int rounds = bench.settings().quick() ? 1 : Math.min(3, bench.settings().rounds());
      for (int round = 0; round < rounds; round++) {
        Allocations ours = new Allocations(rows);
        bench.jobs().run(texts, rows, options, ours);
        garbage.add(ours.bytesPerRow() - baseline.bytesPerRow());
        report.say(
            String.format(
                java.util.Locale.ENGLISH,
                "%s: %s; %,.0f bytes a row, %,.0f of them the user's own",
                ROW,
                session.describe(),
                ours.bytesPerRow(),
                baseline.bytesPerRow()));
      }
    }
    report.add(Row.absolute(ROW, WHAT, "bytes a row", garbage, REQUIREMENT));
  }

  private static void runBaseline(JobCluster cluster, List<String> texts, Allocations watcher)
      throws Exception {
    try (JobRun run = new JobRun(texts, BASELINE_ROWS, watcher)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      TextSource.of(environment, run)
          .map(text -> Tuple2.of(text, new float[DIMENSIONS]))
          .returns(
              Types.TUPLE(Types.STRING, PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO))
          .sinkTo(new VectorSink<>(run));
      cluster.run(environment);
      run.requireAll();
    }
  }

  /** Looks at the counters twice while the job is in its stride; called on the task's thread. */
  private static final class Allocations implements JobRun.Watcher {
    private final int from;
    private final int to;
    private volatile long atFrom;
    private volatile long atTo;

    Allocations(int rows) {
      from = (int) (rows * STEADY_FROM);
      to = (int) (rows * STEADY_TO);
    }

    @Override
    public void received(int rows) {
      if (rows == from) {
        atFrom = allocated();
      } else if (rows == to) {
        atTo = allocated();
      }
    }

    private static long allocated() {
      return Usage.allocatedBytes(name -> name.startsWith("millrace"));
    }

    double bytesPerRow() {
      return (double) (atTo - atFrom) / (to - from);
    }
  }
}
