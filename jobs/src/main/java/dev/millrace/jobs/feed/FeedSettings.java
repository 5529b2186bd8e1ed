package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.Columns;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.input.TimeFormat;
import dev.millrace.jobs.output.OutputFolder;
import dev.millrace.jobs.output.OutputFormat;
import java.time.Duration;
import java.util.List;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the feed is to do; checked.
 *
 * @param files where the interactions come from, or null for a storefront
 * @param storefront what is made up if there are no files
 * @param report where the report is written, or null
 */
record FeedSettings(
    @Nullable Files files,
    Shop storefront,
    int topK,
    OutputFolder output,
    OutputFormat outputFormat,
    OutputFolder deadLetters,
    java.nio.file.@Nullable Path report,
    int parallelism,
    Duration checkpointInterval,
    List<String> notes) {

  /**
   * The user's own data.
   *
   * @param catalogue files of items; if there are none, the items' texts are in the rows
   * @param disorder by how much a row may be late
   */
  record Files(
      List<Path> interactions,
      FileFormat format,
      Columns columns,
      TimeFormat timeFormat,
      Duration disorder,
      List<Path> catalogue) {}

  /**
   * The shop that is made up.
   *
   * @param duration for how long it sells, by the clock
   */
  record Shop(long seed, Duration duration) {}
}
