package dev.millrace.jobs.bench;

import java.time.Duration;
import java.util.List;

/** Some rows of the table, measured together. */
interface Measurement {

  /** The names of its rows, in the table's order. */
  List<String> rows();

  /** What it costs compared with the others, for sharing out the time. */
  double weight(Bench bench);

  /** Whether it takes so long that it is left out where the user names no rows. */
  default boolean onlyIfNamed() {
    return false;
  }

  /**
   * Measures those of its rows that are wanted, and adds them.
   *
   * @param time what it should take
   */
  void run(Bench bench, Duration time, Report report) throws Exception;
}
