package dev.millrace.jobs.backfill;

import dev.millrace.jobs.cli.Console;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows how far a run is: one line that is rewritten on a terminal, a line now and then elsewhere.
 */
final class BackfillProgress {

  private static final double PLAIN_EVERY_SECONDS = 30;

  private final Console console;
  private final long rows;
  private final PartDone earlier;
  private double nextPlain = PLAIN_EVERY_SECONDS;
  private int width;

  /**
   * @param rows of the whole input
   * @param earlier what was done before this run
   */
  BackfillProgress(Console console, long rows, PartDone earlier) {
    this.console = console;
    this.rows = rows;
    this.earlier = earlier;
  }

  void show(BackfillRun run) {
    String line = line(run);
    if (console.terminal()) {
      console.out().print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      console.out().flush();
      width = line.length();
    } else if (run.seconds() >= nextPlain) {
      console.out().println(line);
      nextPlain = run.seconds() + PLAIN_EVERY_SECONDS;
    }
  }

  /** Ends the line that is rewritten. */
  void end() {
    if (console.terminal() && width > 0) {
      console.out().print("\r" + " ".repeat(width) + "\r");
      console.out().flush();
      width = 0;
    }
  }

  private String line(BackfillRun run) {
    // A part that failed and was done again was counted twice.
    long done = Math.min(rows, earlier.rowsRead() + run.rows());
    double rate = run.rows() / Math.max(run.seconds(), 1e-3);
    String left =
        run.rows() == 0 ? "" : "  " + time((long) Math.ceil((rows - done) / rate)) + " left";
    double padding = run.tokens() > 0 ? (double) run.paddedTokens() / run.tokens() - 1 : 0;
    return String.format(
        Locale.ENGLISH,
        "  %,d of %,d rows (%d %%)  %,.0f rows/s%s  padding %.2f  %,d dead letters",
        done,
        rows,
        rows == 0 ? 100 : done * 100 / rows,
        rate,
        left,
        padding,
        earlier.deadLetters() + run.deadLetters());
  }

  private static String time(long seconds) {
    Duration left = Duration.ofSeconds(seconds);
    if (left.toHours() > 0) {
      return left.toHours() + " h " + left.toMinutesPart() + " min";
    }
    return left.toMinutes() > 0
        ? left.toMinutes() + " min " + left.toSecondsPart() + " s"
        : seconds + " s";
  }
}
