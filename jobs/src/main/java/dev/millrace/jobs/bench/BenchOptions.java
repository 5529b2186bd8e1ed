package dev.millrace.jobs.bench;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of {@code millrace bench}, declared here and nowhere else. */
public final class BenchOptions {

  public static final ConfigOption<Boolean> QUICK =
      ConfigOptions.key("quick")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Take two minutes and not ten: shorter measurements, fewer rounds, more noise.");

  public static final ConfigOption<String> JSON =
      ConfigOptions.key("json")
          .stringType()
          .noDefaultValue()
          .withDescription("The file for the rows of the table, as a JSON list.");

  public static final ConfigOption<String> TEXTS =
      ConfigOptions.key("texts")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "CSV files with short texts, one a row: a file, a folder or a glob in quotes. A name"
                  + " that ends in .gz is read through gzip. Without it, the items of a made-up"
                  + " storefront.");

  public static final ConfigOption<String> TEXT_COLUMN =
      ConfigOptions.key("text-column")
          .stringType()
          .defaultValue("text")
          .withDescription("The column of --texts that holds the text.");

  public static final ConfigOption<String> LONG_TEXTS =
      ConfigOptions.key("long-texts")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The same for long texts, such as reviews. Without it, reviews that are made up.");

  public static final ConfigOption<String> LONG_TEXT_COLUMN =
      ConfigOptions.key("long-text-column")
          .stringType()
          .defaultValue("text")
          .withDescription("The column of --long-texts that holds the text.");

  public static final ConfigOption<String> ONLY =
      ConfigOptions.key("only")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The rows to measure, by name, with commas between. The beginning of a name up to a"
                  + " dash stands for all that begin so. Without it, all of them but those that help"
                  + " says take too long.");

  public static final ConfigOption<Integer> ROUNDS =
      ConfigOptions.key("rounds")
          .intType()
          .noDefaultValue()
          .withDescription(
              "How often each thing is measured, at least 1. Without it, 9 times, with --quick 3.");

  public static final ConfigOption<Duration> SOAK =
      ConfigOptions.key("soak")
          .durationType()
          .defaultValue(Duration.ZERO)
          .withDescription(
              "If it is longer than 0: measure nothing, but embed texts of mixed lengths for so"
                  + " long and watch the memory. At least 2 min.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(QUICK, JSON, TEXTS, TEXT_COLUMN, LONG_TEXTS, LONG_TEXT_COLUMN, ONLY, ROUNDS, SOAK);

  private BenchOptions() {}
}
