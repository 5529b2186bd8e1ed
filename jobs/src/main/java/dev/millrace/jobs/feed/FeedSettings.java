package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.Columns;
import dev.millrace.jobs.input.RowOrigin;
import dev.millrace.jobs.input.TimeFormat;
import dev.millrace.jobs.lookup.LookupSettings;
import dev.millrace.jobs.output.Destination;
import dev.millrace.jobs.output.OutputFormat;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the feed is to do; checked.
 *
 * @param input what people bought, or null for a storefront
 * @param storefront what is made up if there is no input
 * @param report where the report is written, or null
 * @param lookup what serves the feeds, or null
 * @param serveAfterEnd how long it does so after the rows have ended; null for until it is stopped
 */
record FeedSettings(
    @Nullable Input input,
    Shop storefront,
    int topK,
    Destination output,
    OutputFormat outputFormat,
    Destination deadLetters,
    java.nio.file.@Nullable Path report,
    int parallelism,
    Duration checkpointInterval,
    @Nullable LookupSettings lookup,
    @Nullable Duration serveAfterEnd,
    List<String> notes) {

  /** Whether the job ends by itself. */
  boolean bounded() {
    return input == null || input.interactions().bounded();
  }

  /**
   * The user's own data.
   *
   * @param catalogue where the items come from; if null, the items' texts are in the rows
   * @param disorder by how much a row may be late
   * @param ahead by how much a row's time may be ahead of this machine's clock
   */
  record Input(
      RowOrigin interactions,
      Columns columns,
      TimeFormat timeFormat,
      Duration disorder,
      Duration ahead,
      @Nullable RowOrigin catalogue) {}

  /**
   * The shop that is made up.
   *
   * @param duration for how long it sells, by the clock
   */
  record Shop(long seed, Duration duration) {}
}
