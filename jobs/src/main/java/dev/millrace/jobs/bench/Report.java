package dev.millrace.jobs.bench;

import dev.millrace.jobs.cli.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows as they are found, and what is being done meanwhile. */
final class Report {

  private final Console console;
  private final long began = System.nanoTime();
  private final List<Row> rows = new ArrayList<>();

  Report(Console console) {
    this.console = console;
  }

  /** Tells what is going on. */
  void say(String what) {
    console
        .out()
        .println(
            String.format(Locale.ENGLISH, "  %4.0f s  ", (System.nanoTime() - began) / 1e9) + what);
    console.out().flush();
  }

  /** Where something failed, for those who want to know. */
  void trace(Exception failed) {
    if (console.verbose()) {
      failed.printStackTrace(console.err());
    }
  }

  void add(Row row) {
    rows.add(row);
  }

  /** In the order in which they were added. */
  List<Row> rows() {
    return List.copyOf(rows);
  }
}
