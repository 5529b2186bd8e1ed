package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Sessions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** A job beside an accelerator that costs nothing: what the host itself can do. */
final class HostPathMeasurement implements Measurement {

  private static final String ROW = "host-path";
  private static final String OF_REVIEWS = "host-path-reviews";
  private static final String WHAT =
      "A Flink job with an accelerator that costs nothing: rows in, tokenised, batched, rows with"
          + " vectors out, by the processor time of the whole process.";
  private static final Requirement REQUIREMENT = Requirement.atLeast(150_000);
  private static final String RATIO = "-vs-tokeniser";
  private static final String WHAT_OF_RATIO =
      "The same against the tokeniser alone on the same rows.";
  private static final Requirement REQUIREMENT_OF_RATIO = Requirement.atLeast(0.5);
  private static final String MAP_RATIO = "-vs-map";
  private static final String WHAT_OF_MAP_RATIO =
      "The same against a Flink map function that tokenises each row and copies a vector for it:"
          + " the least that any job does.";
  private static final String IN_PLACE = "-in-place";
  private static final String WHAT_OF_IN_PLACE =
      "The same where each vector is read where it lies when its row leaves, and none is copied to"
          + " the heap, against the tokeniser alone.";
  private static final double LEAST_SECONDS = 0.5;
  private static final double MOST_SECONDS = 2;
  private static final String UNIT = "rows/s a core";
  private static final int FIRST_ROWS = 30_000;

  private final String row;
  private final TextTokeniser.Opener opener;

  private HostPathMeasurement(String row, TextTokeniser.Opener opener) {
    this.row = row;
    this.opener = opener;
  }

  static HostPathMeasurement ofShortTexts(TextTokeniser.Opener opener) {
    return new HostPathMeasurement(ROW, opener);
  }

  static HostPathMeasurement ofLongTexts(TextTokeniser.Opener opener) {
    return new HostPathMeasurement(OF_REVIEWS, opener);
  }

  @Override
  public List<String> rows() {
    return List.of(row, row + RATIO, row + MAP_RATIO, row + IN_PLACE + RATIO);
  }

  @Override
  public double weight(Bench bench) {
    return 5;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    String trouble = trouble();
    if (trouble != null) {
      add(bench, report, Row.notMeasured(row, WHAT, REQUIREMENT, trouble));
      add(
          bench,
          report,
          Row.notMeasured(row + RATIO, WHAT_OF_RATIO, REQUIREMENT_OF_RATIO, trouble));
      add(
          bench,
          report,
          Row.notMeasured(row + MAP_RATIO, WHAT_OF_MAP_RATIO, Requirement.NONE, trouble));
      add(
          bench,
          report,
          Row.notMeasured(row + IN_PLACE + RATIO, WHAT_OF_IN_PLACE, Requirement.NONE, trouble));
      return;
    }
    Configuration options = bench.options(bench.usual());
    options.setString("accelerators", FreeConnector.URI);
    Corpus corpus = row.equals(ROW) ? bench.texts().shortTexts() : bench.texts().longTexts();
    List<String> texts = corpus.first(corpus.size());
    int rounds = bench.settings().rounds();
    double seconds =
        Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, time.toMillis() / 1000.0 / (rounds + 3)));
    int rows = FIRST_ROWS;
    for (int i = 0; i < 4; i++) {
      double rate = bench.jobs().run(texts, rows, options).rowsPerSecond();
      rows = (int) Math.max(FIRST_ROWS, rate * seconds);
    }
    Samples ours = new Samples();
    Samples alone = new Samples();
    Samples mapped = new Samples();
    Samples inPlace = new Samples();
    MapJobs mapJobs = new MapJobs(bench.cluster());
    mapJobs.run(texts, rows, opener);
    bench.jobs().runInPlace(texts, rows, options);
    try (TextTokeniser tokeniser = opener.open()) {
      for (int round = 0; round < rounds; round++) {
        ours.add(bench.jobs().run(texts, rows, options).rowsPerCpuSecond());
        mapped.add(mapJobs.run(texts, rows, opener));
        inPlace.add(bench.jobs().runInPlace(texts, rows, options));
        alone.add(TokeniserRate.of(tokeniser, texts, LEAST_SECONDS));
      }
    }
    add(bench, report, Row.absolute(row, WHAT, UNIT, ours, REQUIREMENT));
    add(
        bench,
        report,
        Row.against(
            row + RATIO,
            WHAT_OF_RATIO,
            UNIT,
            ours,
            new Row.Reference("tokeniser", alone),
            REQUIREMENT_OF_RATIO));
    add(
        bench,
        report,
        Row.against(
            row + MAP_RATIO,
            WHAT_OF_MAP_RATIO,
            UNIT,
            ours,
            new Row.Reference("map function", mapped),
            Requirement.NONE));
    add(
        bench,
        report,
        Row.against(
            row + IN_PLACE + RATIO,
            WHAT_OF_IN_PLACE,
            UNIT,
            inPlace,
            new Row.Reference("tokeniser", alone),
            Requirement.NONE));
  }

  private static void add(Bench bench, Report report, Row row) {
    if (bench.wants(row.name())) {
      report.add(row);
    }
  }

  private static @Nullable String trouble() {
    try {
      Sessions.validate(AcceleratorUri.parse(FreeConnector.URI));
      return null;
    } catch (AcceleratorException absent) {
      return FreeConnector.URI + " is not on the class path. Run ./millrace bench from a checkout.";
    }
  }
}
