package dev.millrace.jobs.bench;

import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.OptionValues;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.output.OutputFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** {@code millrace bench}. */
final class BenchCommand implements Command {

  private final List<Measurement> measurements;

  BenchCommand(List<Measurement> measurements) {
    this.measurements = List.copyOf(measurements);
  }

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "Measures Millrace on this machine, beside the bare runtime and beside other libraries.";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "",
        "Everything is measured on this machine and in turns; what counts are the ratios.",
        "docs/benchmarks.md says what each row is. The rows are "
            + String.join(", ", names())
            + ".",
        "Without --only all of them are measured but " + String.join(", ", costly()) + ".",
        "",
        "Example:",
        "  millrace bench --quick --texts 'data/online-retail/*.csv.gz' \\",
        "    --text-column Description --json out/bench.json",
        "",
        "Exit codes: 0 every row is met, 1 some row is not met or not measured, 2 wrong usage.");
  }

  @Override
  public List<ConfigOption<?>> options() {
    return BenchOptions.ALL;
  }

  private List<String> names() {
    return measurements.stream().flatMap(one -> one.rows().stream()).toList();
  }

  /** Those that are left out unless they are named. */
  private List<String> costly() {
    return measurements.stream()
        .filter(Measurement::onlyIfNamed)
        .flatMap(one -> one.rows().stream())
        .toList();
  }

  @Override
  public int run(Map<String, String> given, Problems problems, Console console) {
    Configuration values = OptionValues.parse(given, options(), problems);
    BenchSettings settings = BenchCheck.check(values, given, names(), costly(), problems);
    if (settings == null) {
      console.err().println(problems.describe("millrace " + name()));
      return ExitCode.WRONG_USAGE;
    }
    try (Bench bench = new Bench(settings)) {
      console.out().println(bench.texts().origin() + ".");
      Report report = new Report(console);
      if (!settings.soak().isZero()) {
        return new Soak(bench, console).run(settings.soak()) ? ExitCode.DONE : ExitCode.FAILED;
      }
      measure(bench, report);
      return conclude(report.rows(), settings.json(), console);
    } catch (Exception failed) {
      console.err().println("millrace bench failed: " + failed);
      if (console.verbose()) {
        failed.printStackTrace(console.err());
      }
      return ExitCode.FAILED;
    }
  }

  private void measure(Bench bench, Report report) throws Exception {
    long ends = System.nanoTime() + bench.settings().time().toNanos();
    List<Measurement> wanted =
        measurements.stream()
            .filter(one -> bench.wantsAny(new LinkedHashSet<>(one.rows())))
            .toList();
    double weights = wanted.stream().mapToDouble(one -> one.weight(bench)).sum();
    for (Measurement one : wanted) {
      double share = one.weight(bench) / weights;
      weights -= one.weight(bench);
      // Asked for alone, a measurement still takes no more than in company.
      long left = Math.max(0, ends - System.nanoTime());
      report.say(
          "measuring " + String.join(", ", one.rows().stream().filter(bench::wants).toList()));
      try {
        one.run(bench, Duration.ofNanos((long) (left * share)), report);
      } catch (Exception failed) {
        // The others can be measured all the same.
        addFailed(one, bench, report, failed);
      }
    }
  }

  private static void addFailed(Measurement one, Bench bench, Report report, Exception failed) {
    report.say("that failed: " + failed);
    report.trace(failed);
    List<String> there = report.rows().stream().map(Row::name).toList();
    for (String row : one.rows()) {
      if (bench.wants(row) && !there.contains(row)) {
        report.add(
            Row.notMeasured(
                row, "Failed; --verbose shows where.", Requirement.NONE, String.valueOf(failed)));
      }
    }
  }

  private static int conclude(
      List<Row> rows, @org.jspecify.annotations.Nullable Path json, Console console)
      throws Exception {
    console.out().println();
    RowTable.lines(rows).forEach(console.out()::println);
    console.out().println();
    RowTable.legend(rows).forEach(console.out()::println);
    if (json != null) {
      OutputFile.write(json, RowTable.json(rows));
      console.out().println();
      console.out().println("The rows are in " + json + ".");
    }
    console.out().flush();
    List<String> unmet = rows.stream().filter(row -> !row.met()).map(Row::name).toList();
    if (unmet.isEmpty()) {
      return ExitCode.DONE;
    }
    console
        .err()
        .println("millrace bench: " + unmet.size() + " not met: " + String.join(", ", unmet) + ".");
    return ExitCode.FAILED;
  }
}
