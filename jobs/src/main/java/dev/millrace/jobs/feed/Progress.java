package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Console;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a run is: one line that is rewritten on a terminal, a line every few seconds
 * elsewhere.
 */
final class Progress {

  private static final Duration PLAIN_EVERY = Duration.ofSeconds(5);

  private final Console console;
  private @Nullable Duration lastPlain;
  private int width;

  Progress(Console console) {
    this.console = console;
  }

  /** Shows the figures as of so long after the beginning. */
  void show(FeedReport report) {
    Duration now = Duration.ofMillis((long) (report.seconds() * 1000));
    String line = line(report);
    if (console.terminal()) {
      console.out().print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      console.out().flush();
      width = line.length();
    } else if (now.minus(lastPlain == null ? Duration.ZERO : lastPlain).compareTo(PLAIN_EVERY)
        >= 0) {
      console.out().println(line);
      lastPlain = now;
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

  private static String line(FeedReport report) {
    Tally figures = report.figures();
    return String.format(
        java.util.Locale.ENGLISH,
        "  %3.0f s  %,d rows  %,d people  %,d items  %,d embedded  %,d recommendations",
        report.seconds(),
        report.rowsRead(),
        figures.count(Figure.PEOPLE),
        figures.count(Figure.ITEMS),
        report.textsEmbedded(),
        figures.count(Figure.RECOMMENDATIONS));
  }
}
