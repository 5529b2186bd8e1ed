package dev.millrace.jobs.bench;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;

/** What a job's batches hold beyond useful tokens, from the job's own accumulators. */
final class PaddingMeasurement implements Measurement {

  private static final String SHORT = "padding-descriptions";
  private static final String MIXED = "padding-mixed";
  private static final String LONG_TAIL = "padding-long-tail";
  private static final double LEAST_SECONDS = 1;
  private static final double MOST_SECONDS = 6;

  @Override
  public List<String> rows() {
    return List.of(SHORT, MIXED, LONG_TAIL);
  }

  @Override
  public double weight(Bench bench) {
    return 7;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    int most = bench.model(false).text().maxTokens();
    BenchTexts texts = bench.texts();
    double seconds = Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, time.toMillis() / 1000.0 / 4));
    measure(
        bench, report, SHORT, "The short texts", texts.shortTexts().first(20_000), seconds, 0.05);
    measure(
        bench, report, MIXED, "Short and long texts, mixed", texts.mixed(20_000), seconds, 0.06);
    measure(
        bench,
        report,
        LONG_TAIL,
        "Made-up texts of log-normal lengths up to " + most + " tokens",
        texts.longTailed(20_000, most),
        seconds,
        0.08);
  }

  private static void measure(
      Bench bench,
      Report report,
      String row,
      String of,
      List<String> texts,
      double seconds,
      double most)
      throws Exception {
    if (!bench.wants(row)) {
      return;
    }
    String what =
        of + ": tokens that the model works on beyond each useful one, in a job with its defaults.";
    // A variant that runs each row alone pads nothing, and would prove nothing.
    Variant variant = bench.missing(Variant.PREPARED) == null ? Variant.PREPARED : Variant.FP32;
    String trouble = bench.missing(variant);
    if (trouble != null) {
      report.add(Row.notMeasured(row, what, Requirement.atMost(most), trouble));
      return;
    }
    Configuration options = bench.options(variant);
    try (JobContender session =
        new JobContender(bench.jobs(), bench.texts().shortTexts(), options)) {
      report.say(row + ": " + session.describe());
      double rate = bench.jobs().run(texts, 200, options).rowsPerSecond();
      int rows = (int) Math.max(200, rate * seconds);
      Samples padding = new Samples(bench.jobs().run(texts, rows, options).padding());
      report.add(Row.absolute(row, what, "of the useful", padding, Requirement.atMost(most)));
    }
  }
}
