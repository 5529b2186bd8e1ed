package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.Row.Reference;
import dev.millrace.jobs.bench.SqlContender.Setup;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/** ML_PREDICT beside the same model in a job that is written in Java, in turns. */
final class SqlMeasurement implements Measurement {

  private static final String SQL = "sql-ml-predict";
  private static final String HELD_DOWN = "sql-ml-predict-default";
  private static final String JAVA = "millrace-java";
  private static final Requirement REQUIREMENT = Requirement.atLeast(0.9);

  /** What {@code millrace sql} sets. */
  static final int ENOUGH = 4096;

  /** Pipes that fill and run empty: some batches of a few dozen rows at either end. */
  private static final double LEAST_SECONDS = 1.5;

  @Override
  public List<String> rows() {
    return List.of(SQL, HELD_DOWN);
  }

  @Override
  public double weight(Bench bench) {
    return 12;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Configuration options = bench.options(bench.usual());
    Corpus corpus = bench.texts().shortTexts();
    int held =
        ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.defaultValue();
    try (Arena arena = new Arena(report)) {
      arena.add(JAVA, new JobContender(bench.jobs(), corpus, options));
      add(bench, arena, SQL, corpus, options, ENOUGH);
      add(bench, arena, HELD_DOWN, corpus, options, held);
      arena.run(bench.settings().rounds(), time, bench.settings().bounded());
      add(
          bench,
          arena,
          report,
          SQL,
          "ML_PREDICT of Flink SQL with " + ENOUGH + " rows in flight, no cache, against Embed.",
          REQUIREMENT);
      add(
          bench,
          arena,
          report,
          HELD_DOWN,
          "The same with the " + held + " rows in flight of Flink's default, for information.",
          Requirement.NONE);
    }
  }

  private static void add(
      Bench bench, Arena arena, String row, Corpus corpus, Configuration options, int inFlight)
      throws Exception {
    if (bench.wants(row)) {
      arena.add(
          row,
          SqlContender.millrace(
              bench.cluster(), corpus::first, options, new Setup(1, inFlight), LEAST_SECONDS));
    }
  }

  private static void add(
      Bench bench, Arena arena, Report report, String row, String what, Requirement requirement) {
    if (bench.wants(row)) {
      report.add(
          Row.against(
              row,
              what,
              "texts/s",
              arena.samples(row),
              new Reference(JAVA, arena.samples(JAVA)),
              requirement));
    }
  }
}
