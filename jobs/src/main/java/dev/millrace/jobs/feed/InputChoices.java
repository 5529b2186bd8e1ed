package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.Columns;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.input.InputCheck;
import dev.millrace.jobs.input.InputFiles;
import dev.millrace.jobs.input.RowFiles;
import dev.millrace.jobs.input.RowOrigin;
import dev.millrace.jobs.input.TimeFormat;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Checks what the options say of the input, looks for it, and looks into it. */
final class InputChoices {

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
          FeedOptions.TIME_DISORDER,
          FeedOptions.TIME_AHEAD);

  private final Configuration values;
  private final Map<String, String> given;
  private final Problems problems;
  private final List<String> notes;
  private final TopicChoices topics;

  InputChoices(
      Configuration values,
      Map<String, String> given,
      Problems problems,
      List<String> notes,
      TopicChoices topics) {
    this.values = values;
    this.given = given;
    this.problems = problems;
    this.notes = notes;
    this.topics = topics;
  }

  /** What to read, or null: the storefront's, or there are problems, which are added. */
  FeedSettings.@Nullable Input choose() {
    ZoneId zone = zone();
    TimeFormat timeFormat = timeFormat(zone);
    if (values.get(FeedOptions.INTERACTIONS) == null) {
      withoutInput();
      ShopChoice.check(values, given, null, false, problems, notes);
      return null;
    }
    for (ConfigOption<?> idle : List.of(FeedOptions.SEED, FeedOptions.DURATION)) {
      if (given.containsKey(idle.key())) {
        notes.add("--" + idle.key() + " is of the storefront and has no effect here.");
      }
    }
    RowOrigin catalogue = catalogue();
    boolean topic = TopicChoices.isTopic(values.get(FeedOptions.INTERACTIONS));
    Columns columns = new Columns("user", "item", null, null, null, "time");
    RowOrigin interactions;
    if (topic) {
      FileFormat format = formatOfTopic();
      ShopChoice.check(values, given, format, catalogueNamed(), problems, notes);
      columns = allColumns(catalogue != null);
      interactions =
          topics.reading(
              FeedOptions.INTERACTIONS,
              format,
              FeedOptions.INTERACTIONS_SCHEMA,
              Interaction.getClassSchema());
    } else {
      FileFormat format = values.get(FeedOptions.FORMAT);
      ShopChoice.check(values, given, format, catalogueNamed(), problems, notes);
      List<Path> files = find(FeedOptions.INTERACTIONS, format);
      InputCheck check = new InputCheck(problems);
      if (format == FileFormat.AVRO) {
        check.avro(
            FeedOptions.INTERACTIONS.key(),
            values.get(FeedOptions.INTERACTIONS),
            files,
            Interaction.getClassSchema());
      } else if (!given.containsKey(FeedOptions.FORMAT.key())
          || problems.lines().stream().noneMatch(line -> line.startsWith("--format"))) {
        columns = columns(check, files, format, catalogue != null, timeFormat);
      }
      interactions = new RowFiles(files, format);
    }
    return interactions == null
        ? null
        : new FeedSettings.Input(
            interactions,
            columns,
            timeFormat == null ? new TimeFormat(null, zone) : timeFormat,
            values.get(FeedOptions.TIME_DISORDER),
            values.get(FeedOptions.TIME_AHEAD),
            catalogue);
  }

  private boolean catalogueNamed() {
    return values.get(FeedOptions.ITEMS) != null;
  }

  private FileFormat formatOfTopic() {
    if (!given.containsKey(FeedOptions.FORMAT.key())) {
      return FileFormat.AVRO;
    }
    FileFormat format = values.get(FeedOptions.FORMAT);
    if (format == FileFormat.CSV) {
      problems.add(
          FeedOptions.FORMAT.key(), format, "the messages of a topic are avro or jsonl. Name one.");
    }
    return format;
  }

  private @Nullable RowOrigin catalogue() {
    String where = values.get(FeedOptions.ITEMS);
    if (where == null) {
      return null;
    }
    if (TopicChoices.isTopic(where)) {
      return topics.reading(
          FeedOptions.ITEMS, FileFormat.AVRO, FeedOptions.ITEMS_SCHEMA, Item.getClassSchema());
    }
    List<Path> files = find(FeedOptions.ITEMS, FileFormat.AVRO);
    new InputCheck(problems).avro(FeedOptions.ITEMS.key(), where, files, Item.getClassSchema());
    return new RowFiles(files, FileFormat.AVRO);
  }

  private void withoutInput() {
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
    Columns all = allColumns(hasCatalogue);
    String available = all.available();
    if (available != null) {
      wanted.add(new InputCheck.Wanted(ShopOptions.AVAILABLE_COLUMN.key(), available, true, true));
    }
    for (String field : all.fields()) {
      wanted.add(new InputCheck.Wanted(ShopOptions.ITEMS_WHERE.key(), field, true, true));
    }
    Map<String, String> found = check.columns(files, format, wanted, time, timeFormat);
    // A field that the first JSON lines do not have may be in later ones.
    return format == FileFormat.JSONL
        ? all
        : new Columns(
            all.user(),
            all.item(),
            all.text(),
            found.get(FeedOptions.BASKET_COLUMN.key()),
            found.get(FeedOptions.QUANTITY_COLUMN.key()),
            all.time(),
            available,
            all.fields());
  }

  private Columns allColumns(boolean hasCatalogue) {
    ItemCondition condition = ShopChoice.condition(values);
    return new Columns(
        values.get(FeedOptions.USER_COLUMN),
        values.get(FeedOptions.ITEM_COLUMN),
        hasCatalogue ? null : values.get(FeedOptions.TEXT_COLUMN),
        values.get(FeedOptions.BASKET_COLUMN),
        values.get(FeedOptions.QUANTITY_COLUMN),
        values.get(FeedOptions.TIME_COLUMN),
        hasCatalogue ? null : values.get(ShopOptions.AVAILABLE_COLUMN),
        condition == null || hasCatalogue ? List.of() : condition.names());
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
}
