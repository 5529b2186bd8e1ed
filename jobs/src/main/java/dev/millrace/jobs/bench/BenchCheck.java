package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.BenchSettings.Source;
import dev.millrace.jobs.cli.Nearest;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.CsvColumn;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.input.InputFiles;
import dev.millrace.jobs.output.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Checks the whole command line before anything is measured. */
final class BenchCheck {

  private static final int ROUNDS = 9;
  private static final int QUICK_ROUNDS = 3;
  private static final int MOST_ROUNDS = 100;
  private static final Duration SHORTEST_SOAK = Duration.ofMinutes(2);

  private final Configuration values;
  private final Map<String, String> given;
  private final Problems problems;

  private BenchCheck(Configuration values, Map<String, String> given, Problems problems) {
    this.values = values;
    this.given = given;
    this.problems = problems;
  }

  /**
   * Checks everything.
   *
   * @param values those of the user's values that could be read
   * @param given all that the user wrote
   * @param names the rows that there are
   * @param costly those of them that are left out unless they are named
   * @return the settings, or null if there are problems, also such as were there before
   */
  static @Nullable BenchSettings check(
      Configuration values,
      Map<String, String> given,
      List<String> names,
      List<String> costly,
      Problems problems) {
    BenchSettings settings = new BenchCheck(values, given, problems).settings(names, costly);
    return problems.isEmpty() ? settings : null;
  }

  private BenchSettings settings(List<String> names, List<String> costly) {
    boolean quick = values.get(BenchOptions.QUICK);
    String json = values.get(BenchOptions.JSON);
    if (json != null) {
      OutputFile.check(BenchOptions.JSON.key(), json, problems);
    }
    int rounds = values.getOptional(BenchOptions.ROUNDS).orElse(quick ? QUICK_ROUNDS : ROUNDS);
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      problems.add(
          BenchOptions.ROUNDS.key(),
          rounds,
          "it must be at least 1 and at most " + MOST_ROUNDS + ".");
    }
    Duration soak = values.get(BenchOptions.SOAK);
    if (!soak.isZero() && soak.compareTo(SHORTEST_SOAK) < 0) {
      problems.add(
          BenchOptions.SOAK.key(),
          given.get(BenchOptions.SOAK.key()),
          "it is too short to tell growth from warming up. Give it at least 2 min.");
    }
    return new BenchSettings(
        quick,
        json == null || !problems.isEmpty() ? null : Path.of(json),
        source(BenchOptions.TEXTS, BenchOptions.TEXT_COLUMN),
        source(BenchOptions.LONG_TEXTS, BenchOptions.LONG_TEXT_COLUMN),
        rows(names, costly),
        rounds,
        !given.containsKey(BenchOptions.ROUNDS.key()),
        soak);
  }

  private @Nullable Source source(ConfigOption<String> files, ConfigOption<String> column) {
    String where = values.get(files);
    if (where == null) {
      if (given.containsKey(column.key())) {
        problems.add(
            column.key(),
            given.get(column.key()),
            "it says nothing without --" + files.key() + ". Name the files, or leave it out.");
      }
      return null;
    }
    try {
      List<org.apache.flink.core.fs.Path> found = InputFiles.find(where, FileFormat.CSV).files();
      if (found.isEmpty()) {
        problems.add(
            files.key(), where, "no file matches. Name CSV files, a folder or a glob in quotes.");
      }
      for (org.apache.flink.core.fs.Path file : found) {
        checkColumn(file, column);
      }
      return new Source(found, values.get(column));
    } catch (IOException | RuntimeException unreadable) {
      problems.add(files.key(), where, "it cannot be read: " + unreadable.getMessage() + ".");
      return null;
    }
  }

  private void checkColumn(org.apache.flink.core.fs.Path file, ConfigOption<String> column)
      throws IOException {
    String wanted = values.get(column);
    List<String> names = CsvColumn.names(file);
    if (names.contains(wanted)) {
      return;
    }
    String near = Nearest.to(wanted, names).map(name -> " Did you mean '" + name + "'?").orElse("");
    problems.add(
        column.key(),
        wanted,
        file.getPath()
            + " has no such column."
            + near
            + " It has "
            + String.join(", ", names)
            + ".");
  }

  private Set<String> rows(List<String> names, List<String> costly) {
    String only = values.get(BenchOptions.ONLY);
    if (only == null) {
      Set<String> usual = new LinkedHashSet<>(names);
      costly.forEach(usual::remove);
      return usual;
    }
    Set<String> chosen = new LinkedHashSet<>();
    for (String word : only.split(",", -1)) {
      String wanted = word.strip();
      List<String> found =
          names.contains(wanted)
              ? List.of(wanted)
              : names.stream().filter(name -> name.startsWith(wanted + "-")).toList();
      if (found.isEmpty()) {
        String near =
            Nearest.to(wanted, names).map(name -> " Did you mean '" + name + "'?").orElse("");
        problems.add(
            BenchOptions.ONLY.key(),
            wanted,
            "there is no such row." + near + " The rows are " + String.join(", ", names) + ".");
      }
      chosen.addAll(found);
    }
    return chosen;
  }
}
