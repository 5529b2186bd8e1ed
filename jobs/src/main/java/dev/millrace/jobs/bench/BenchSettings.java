package dev.millrace.jobs.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the benchmark does, checked.
 *
 * @param json where the rows go, or null
 * @param texts the short texts, or null for the storefront's
 * @param longTexts the long texts, or null for those that are made up
 * @param rows the names of the rows to measure
 * @param rounds how often each thing is measured
 * @param bounded whether rounds are given up when the time is up: not if the user asked for them
 * @param soak how long to soak, or zero to measure
 */
record BenchSettings(
    boolean quick,
    @Nullable Path json,
    @Nullable Source texts,
    @Nullable Source longTexts,
    Set<String> rows,
    int rounds,
    boolean bounded,
    Duration soak) {

  private static final Duration QUICK_TIME = Duration.ofSeconds(104);
  private static final Duration FULL_TIME = Duration.ofSeconds(560);

  /** Files and the column that is read of them. */
  record Source(List<org.apache.flink.core.fs.Path> files, String column) {

    Source {
      files = List.copyOf(files);
    }
  }

  BenchSettings {
    rows = Set.copyOf(rows);
  }

  /** What the whole table may take. */
  Duration time() {
    return quick ? QUICK_TIME : FULL_TIME;
  }
}
