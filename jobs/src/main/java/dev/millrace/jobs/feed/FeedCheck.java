package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.lookup.LookupOptions;
import dev.millrace.jobs.lookup.LookupSettings;
import dev.millrace.jobs.output.Destination;
import dev.millrace.jobs.output.OutputFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Checks a whole configuration before anything starts, and makes the settings of it. */
final class FeedCheck {

  private static final int MOST_PARALLEL = 128;
  private static final int MOST_ITEMS = 1_000;
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);
  private final Configuration values;
  private final Map<String, String> given;
  private final Problems problems;
  private final List<String> notes = new ArrayList<>();
  private final TopicChoices topics;

  private FeedCheck(Configuration values, Map<String, String> given, Problems problems) {
    this.values = values;
    this.given = given;
    this.problems = problems;
    this.topics = TopicChoices.of(values, given, problems, notes);
  }

  /**
   * Checks everything.
   *
   * @param values those of the user's values that could be read
   * @param given all that the user wrote
   * @return the settings, or null if there are problems, also such as were there before
   */
  static @Nullable FeedSettings check(
      Configuration values, Map<String, String> given, FeedPipeline pipeline, Problems problems) {
    FeedCheck check = new FeedCheck(values, given, problems);
    FeedSettings settings = check.settings();
    pipeline.check(values, problems);
    if (problems.isEmpty()) {
      return settings;
    }
    undo(settings.output());
    undo(settings.deadLetters());
    return null;
  }

  private static void undo(Destination destination) {
    try {
      destination.undo();
    } catch (IOException left) {
      // An empty folder stays; what is wrong with the configuration is the greater news.
    }
  }

  private FeedSettings settings() {
    FeedSettings.Input input = new InputChoices(values, given, problems, notes, topics).choose();
    inRange(FeedOptions.TOP_K, values.get(FeedOptions.TOP_K), MOST_ITEMS);
    inRange(FeedOptions.DISCOVER, values.get(FeedOptions.DISCOVER), 0, 10);
    if (values.get(FeedOptions.EXACT_UP_TO) < 0) {
      problems.add(
          FeedOptions.EXACT_UP_TO.key(),
          values.get(FeedOptions.EXACT_UP_TO),
          "it must be 0 or more.");
    }
    try {
      FeedSources.parse(values.get(FeedOptions.SOURCES));
    } catch (IllegalArgumentException wrong) {
      problems.add(
          FeedOptions.SOURCES.key(),
          values.get(FeedOptions.SOURCES),
          String.valueOf(wrong.getMessage()));
    }
    int cores = Runtime.getRuntime().availableProcessors();
    int parallelism = values.getOptional(FeedOptions.PARALLELISM).orElse(cores);
    inRange(FeedOptions.PARALLELISM, parallelism, MOST_PARALLEL);
    atLeast(FeedOptions.CHECKPOINT_INTERVAL, SHORTEST_INTERVAL);
    atLeast(FeedOptions.DURATION, Duration.ofMillis(1));

    DestinationCheck destinations = new DestinationCheck(values, topics, problems);
    Destination output = destinations.output();
    Destination deadLetters = destinations.deadLetters(output);
    String report = values.get(FeedOptions.REPORT);
    if (report != null) {
      OutputFile.check(FeedOptions.REPORT.key(), report, problems);
    }
    RankingChoice.check(values, given, problems, notes);
    LookupSettings lookup = LookupChoice.choose(values, given, problems, notes);
    return new FeedSettings(
        input,
        new FeedSettings.Shop(values.get(FeedOptions.SEED), values.get(FeedOptions.DURATION)),
        values.get(FeedOptions.TOP_K),
        output,
        values.get(FeedOptions.OUTPUT_FORMAT),
        deadLetters,
        report == null || !problems.isEmpty() ? null : java.nio.file.Path.of(report),
        parallelism,
        values.get(FeedOptions.CHECKPOINT_INTERVAL),
        lookup,
        values.get(LookupOptions.SERVE_AFTER_END),
        notes);
  }

  private void inRange(ConfigOption<Integer> option, int value, int most) {
    inRange(option, value, 1, most);
  }

  private void inRange(ConfigOption<Integer> option, int value, int least, int most) {
    if (value < least || value > most) {
      problems.add(option.key(), value, "it must be from " + least + " to " + most + ".");
    }
  }

  private void atLeast(ConfigOption<Duration> option, Duration least) {
    if (values.get(option).compareTo(least) < 0) {
      problems.add(
          option.key(),
          given.getOrDefault(option.key(), values.get(option).toString()),
          "it must be at least " + least.toMillis() + " ms.");
    }
  }
}
