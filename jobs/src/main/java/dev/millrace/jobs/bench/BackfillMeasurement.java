package dev.millrace.jobs.bench;

import dev.millrace.jobs.backfill.VectorFormat;
import dev.millrace.jobs.bench.Row.Reference;
import dev.millrace.jobs.output.AvroOutput;
import dev.millrace.jobs.parquet.ParquetOutput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;

/**
 * Back-fills beside an accelerator that costs nothing: what files of columns gain over files of
 * rows, and whether memory stays as it is.
 */
final class BackfillMeasurement implements Measurement {

  private static final String COLUMNAR = "backfill-columnar-vs-rows";
  private static final String WHAT_OF_COLUMNAR =
      "millrace backfill with an accelerator that costs nothing, Parquet to Parquet against Avro to"
          + " Avro, the fastest of the formats of rows: rows by the processor time of the process.";
  private static final Requirement REQUIREMENT_OF_COLUMNAR = Requirement.atLeast(1);
  private static final String AVRO = "backfill-avro";
  private static final int WARM_UPS = 2;

  private static final String MEMORY = "backfill-memory";
  private static final String WHAT_OF_MEMORY =
      "The same, %,d rows of Parquet: the most resident memory in the second half of the job, beyond"
          + " the most in its first half.";
  private static final Requirement REQUIREMENT_OF_MEMORY = Requirement.atMost(0.02);
  private static final int SHARE_IF_QUICK = 4;
  private static final int SHARE_TO_WARM_UP = 4;

  private final int rows;
  private final int manyRows;

  /**
   * @param rows of each back-fill whose time is taken
   * @param manyRows of the one whose memory is watched
   */
  BackfillMeasurement(int rows, int manyRows) {
    this.rows = rows;
    this.manyRows = manyRows;
  }

  @Override
  public List<String> rows() {
    return List.of(COLUMNAR, MEMORY);
  }

  @Override
  public double weight(Bench bench) {
    return 9;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Configuration options = bench.options(bench.usual());
    options.setString("accelerators", FreeConnector.URI);
    try (BackfillJobs jobs = new BackfillJobs(bench.cluster())) {
      if (bench.wants(COLUMNAR)) {
        report.add(columnar(bench, jobs, options));
      }
      if (bench.wants(MEMORY)) {
        report.add(memory(bench, jobs, options));
      }
    }
  }

  private Row columnar(Bench bench, BackfillJobs jobs, Configuration options) throws Exception {
    List<String> texts = bench.texts().shortTexts().recased(rows);
    Path parquet = jobs.write(texts, new ParquetOutput());
    Path avro = jobs.write(texts, new AvroOutput());
    Samples columns = new Samples();
    Samples ofRows = new Samples();
    for (int round = -WARM_UPS; round < bench.settings().rounds(); round++) {
      double byColumns = jobs.run(parquet, rows, VectorFormat.PARQUET, options).rowsPerCpuSecond();
      double byRows = jobs.run(avro, rows, VectorFormat.AVRO, options).rowsPerCpuSecond();
      if (round >= 0) {
        columns.add(byColumns);
        ofRows.add(byRows);
      }
    }
    return Row.against(
        COLUMNAR,
        WHAT_OF_COLUMNAR,
        "rows/s a core",
        columns,
        new Reference(AVRO, ofRows),
        REQUIREMENT_OF_COLUMNAR);
  }

  private Row memory(Bench bench, BackfillJobs jobs, Configuration options) throws Exception {
    int many = bench.settings().quick() ? manyRows / SHARE_IF_QUICK : manyRows;
    Corpus corpus = bench.texts().shortTexts();
    // Code that is compiled and buffers that are kept are there after a first one.
    Path few = jobs.write(corpus.recased(many / SHARE_TO_WARM_UP), new ParquetOutput());
    BackfillJobs.Figures unused =
        jobs.run(few, many / SHARE_TO_WARM_UP, VectorFormat.PARQUET, options);
    Path all = jobs.write(corpus.recased(many), new ParquetOutput());
    try (ResidentMemory memory = ResidentMemory.watch()) {
      BackfillJobs.Figures figures = jobs.run(all, many, VectorFormat.PARQUET, options);
      long half = (figures.beganMillis() + figures.endedMillis()) / 2;
      double first = memory.most(figures.beganMillis(), half);
      double second = memory.most(half, figures.endedMillis());
      return Row.absolute(
          MEMORY,
          WHAT_OF_MEMORY.formatted(many),
          "of it",
          new Samples(second / first - 1),
          REQUIREMENT_OF_MEMORY);
    }
  }
}
