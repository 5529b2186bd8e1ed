package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.Columns;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.input.InputCheck;
import dev.millrace.jobs.input.InputFiles;
import dev.millrace.jobs.input.TimeFormat;
import dev.millrace.jobs.output.OutputFile;
import dev.millrace.jobs.output.OutputFolder;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Checks a whole configuration before anything starts, and makes the settings of it. */
final class FeedCheck {

  private static final int MOST_PARALLEL = 128;
  private static final int MOST_ITEMS = 1_000;
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);
  private static final List<ConfigOption<?>> OF_FILES =
      List.of(
          FeedOptions.FORMAT,
          FeedOptions.USER_COLUMN,
          FeedOptions.ITEM_COLUMN,
          FeedOptions.TEXT_COLUMN,
          FeedOptions.BASKET_COLUMN,
          FeedOptions.QUANTITY_COLUMN,
          FeedOptions.TIME_COLUMN,
          FeedOptions.TIME_FORMAT,
          FeedOptions.TIME_ZONE,
          FeedOptions.TIME_DISORDER);

  private final Configuration values;
  private final Map<String, String> given;
  private final Problems problems;
  private final List<String> notes = new ArrayList<>();

  private FeedCheck(Configuration values, Map<String, String> given, Problems problems) {
    this.values = values;
    this.given = given;
    this.problems = problems;
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

  private static void undo(OutputFolder folder) {
    try {
      folder.undo();
    } catch (IOException left) {
      // An empty folder stays; what is wrong with the configuration is the greater news.
    }
  }

  private FeedSettings settings() {
    FeedSettings.Files files = files();
    inRange(FeedOptions.TOP_K, values.get(FeedOptions.TOP_K), MOST_ITEMS);
    int cores = Runtime.getRuntime().availableProcessors();
    int parallelism = values.getOptional(FeedOptions.PARALLELISM).orElse(cores);
    inRange(FeedOptions.PARALLELISM, parallelism, MOST_PARALLEL);
    atLeast(FeedOptions.CHECKPOINT_INTERVAL, SHORTEST_INTERVAL);
    atLeast(FeedOptions.DURATION, Duration.ofMillis(1));

    String where = values.get(FeedOptions.OUTPUT);
    String letters =
        values
            .getOptional(FeedOptions.DEAD_LETTERS)
            .orElse(where.replaceFirst("/+$", "") + "-dead-letters");
    OutputFolder output = folder(FeedOptions.OUTPUT, where, "feed");
    OutputFolder deadLetters = folder(FeedOptions.DEAD_LETTERS, letters, "dead letters of feed");
    if (output.path().equals(deadLetters.path())) {
      problems.add(
          FeedOptions.DEAD_LETTERS.key(), letters, "it is the folder of --output. Name another.");
    } else {
      output.check(problems);
      deadLetters.check(problems);
    }
    String report = values.get(FeedOptions.REPORT);
    if (report != null) {
      OutputFile.check(FeedOptions.REPORT.key(), report, problems);
    }
    return new FeedSettings(
        files,
        new FeedSettings.Shop(values.get(FeedOptions.SEED), values.get(FeedOptions.DURATION)),
        values.get(FeedOptions.TOP_K),
        output,
        values.get(FeedOptions.OUTPUT_FORMAT),
        deadLetters,
        report == null || !problems.isEmpty() ? null : java.nio.file.Path.of(report),
        parallelism,
        values.get(FeedOptions.CHECKPOINT_INTERVAL),
        notes);
  }

  private OutputFolder folder(ConfigOption<String> option, String where, String kind) {
    try {
      return new OutputFolder(option.key(), InputFiles.path(where), kind);
    } catch (IllegalArgumentException noPath) {
      problems.add(option.key(), where, "it names no folder: " + noPath.getMessage() + ".");
      return new OutputFolder(option.key(), InputFiles.path("out/feed"), kind);
    }
  }

  private FeedSettings.@Nullable Files files() {
    ZoneId zone = zone();
    TimeFormat timeFormat = timeFormat(zone);
    if (values.get(FeedOptions.INTERACTIONS) == null) {
      withoutFiles();
      return null;
    }
    for (ConfigOption<?> idle : List.of(FeedOptions.SEED, FeedOptions.DURATION)) {
      if (given.containsKey(idle.key())) {
        notes.add("--" + idle.key() + " is of the storefront and has no effect here.");
      }
    }
    FileFormat format = values.get(FeedOptions.FORMAT);
    List<Path> interactions = find(FeedOptions.INTERACTIONS, format);
    boolean hasCatalogue = values.get(FeedOptions.ITEMS) != null;
    List<Path> catalogue = hasCatalogue ? find(FeedOptions.ITEMS, FileFormat.AVRO) : List.of();
    InputCheck check = new InputCheck(problems);
    check.avro(
        FeedOptions.ITEMS.key(),
        String.valueOf(values.get(FeedOptions.ITEMS)),
        catalogue,
        Item.getClassSchema());
    Columns columns = new Columns("user", "item", null, null, null, "time");
    if (format == FileFormat.AVRO) {
      check.avro(
          FeedOptions.INTERACTIONS.key(),
          values.get(FeedOptions.INTERACTIONS),
          interactions,
          Interaction.getClassSchema());
    } else if (!given.containsKey(FeedOptions.FORMAT.key())
        || problems.lines().stream().noneMatch(line -> line.startsWith("--format"))) {
      columns = columns(check, interactions, format, hasCatalogue, timeFormat);
    }
    return new FeedSettings.Files(
        interactions,
        format,
        columns,
        timeFormat == null ? new TimeFormat(null, zone) : timeFormat,
        values.get(FeedOptions.TIME_DISORDER),
        catalogue);
  }

  private void withoutFiles() {
    if (given.containsKey(FeedOptions.ITEMS.key())) {
      problems.add(
          FeedOptions.ITEMS.key(),
          given.get(FeedOptions.ITEMS.key()),
          "a catalogue is of use with --interactions only. Say what people bought, too.");
    }
    for (ConfigOption<?> option : OF_FILES) {
      if (given.containsKey(option.key())) {
        notes.add("--" + option.key() + " is of files and has no effect without --interactions.");
      }
    }
  }

  private Columns columns(
      InputCheck check,
      List<Path> files,
      FileFormat format,
      boolean hasCatalogue,
      @Nullable TimeFormat timeFormat) {
    InputCheck.Wanted time = wanted(FeedOptions.TIME_COLUMN, true);
    List<InputCheck.Wanted> wanted = new ArrayList<>();
    wanted.add(wanted(FeedOptions.USER_COLUMN, true));
    wanted.add(wanted(FeedOptions.ITEM_COLUMN, true));
    wanted.add(wanted(FeedOptions.TEXT_COLUMN, !hasCatalogue));
    wanted.add(wanted(FeedOptions.BASKET_COLUMN, false));
    wanted.add(wanted(FeedOptions.QUANTITY_COLUMN, false));
    wanted.add(time);
    Map<String, String> found = check.columns(files, format, wanted, time, timeFormat);
    // A field that the first JSON lines do not have may be in later ones.
    boolean open = format == FileFormat.JSONL;
    return new Columns(
        values.get(FeedOptions.USER_COLUMN),
        values.get(FeedOptions.ITEM_COLUMN),
        hasCatalogue ? null : values.get(FeedOptions.TEXT_COLUMN),
        open ? values.get(FeedOptions.BASKET_COLUMN) : found.get(FeedOptions.BASKET_COLUMN.key()),
        open
            ? values.get(FeedOptions.QUANTITY_COLUMN)
            : found.get(FeedOptions.QUANTITY_COLUMN.key()),
        values.get(FeedOptions.TIME_COLUMN));
  }

  private InputCheck.Wanted wanted(ConfigOption<String> option, boolean required) {
    return new InputCheck.Wanted(
        option.key(), values.get(option), given.containsKey(option.key()), required);
  }

  private List<Path> find(ConfigOption<String> option, FileFormat format) {
    String where = values.get(option);
    try {
      InputFiles found = InputFiles.find(where, format);
      if (found.files().isEmpty()) {
        problems.add(
            option.key(),
            where,
            "no file matches. Name a file, a folder or a glob (in quotes) that is there; the"
                + " current folder is "
                + java.nio.file.Path.of("").toAbsolutePath()
                + ".");
      }
      if (found.passedOver() > 0) {
        notes.add(
            found.passedOver()
                + " files of --"
                + option.key()
                + " are passed over: they do not end in "
                + String.join(" or ", format.endings())
                + ", and others do.");
      }
      return found.files();
    } catch (IOException | RuntimeException unreadable) {
      problems.add(
          option.key(),
          where,
          "it cannot be read: " + unreadable.getMessage() + ". Name files that can.");
      return List.of();
    }
  }

  private ZoneId zone() {
    String zone = values.get(FeedOptions.TIME_ZONE);
    try {
      return ZoneId.of(zone);
    } catch (DateTimeException unknown) {
      problems.add(
          FeedOptions.TIME_ZONE.key(),
          zone,
          "there is no such zone. Write a region such as Europe/London, or an offset such as"
              + " +02:00.");
      return ZoneId.of("UTC");
    }
  }

  private @Nullable TimeFormat timeFormat(ZoneId zone) {
    String pattern = values.get(FeedOptions.TIME_FORMAT);
    try {
      return new TimeFormat(pattern, zone);
    } catch (IllegalArgumentException noPattern) {
      problems.add(
          FeedOptions.TIME_FORMAT.key(),
          pattern,
          "it is no format of dates with times: "
              + noPattern.getMessage()
              + ". Write a pattern such as 'yyyy-MM-dd HH:mm:ss', or epoch-seconds, or"
              + " epoch-millis.");
      return null;
    }
  }

  private void inRange(ConfigOption<Integer> option, int value, int most) {
    if (value < 1 || value > most) {
      problems.add(option.key(), value, "it must be from 1 to " + most + ".");
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
