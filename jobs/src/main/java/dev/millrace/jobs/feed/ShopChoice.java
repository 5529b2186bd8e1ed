package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.pipelines.recommend.ShopRules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/** What a user wants of the feeds beyond that they are good. */
final class ShopChoice {

  private static final Duration SHORTEST_REFRESH = Duration.ofMinutes(1);

  private ShopChoice() {}

  /** What {@code --items-where} asks, or null: it asks nothing, or it is a problem. */
  static @Nullable ItemCondition condition(ReadableConfig values) {
    String where = values.get(ShopOptions.ITEMS_WHERE);
    try {
      return where == null ? null : ItemCondition.parse(where);
    } catch (IllegalArgumentException wrong) {
      return null;
    }
  }

  /** Of values that were checked. */
  static ShopRules rules(ReadableConfig values) {
    return ShopRules.NONE
        .withFilter(condition(values))
        .withMostAlike(values.get(ShopOptions.MAX_ALIKE), values.get(ShopOptions.ALIKE_FROM))
        .withIntroduce(values.get(ShopOptions.INTRODUCE))
        .withRefresh(values.get(ShopOptions.REFRESH), values.get(ShopOptions.REFRESH_FOR));
  }

  /**
   * Checks all of it but the columns of files.
   *
   * @param given all that the user wrote
   * @param format that of the rows, or null for a storefront
   * @param hasCatalogue whether the items come by themselves
   */
  static void check(
      ReadableConfig values,
      Map<String, String> given,
      @Nullable FileFormat format,
      boolean hasCatalogue,
      Problems problems,
      List<String> notes) {
    int alike = values.get(ShopOptions.MAX_ALIKE);
    if (alike < 0) {
      problems.add(ShopOptions.MAX_ALIKE.key(), alike, "it must be 0 or more.");
    }
    double from = values.get(ShopOptions.ALIKE_FROM);
    if (!(from > 0 && from <= 1)) {
      problems.add(ShopOptions.ALIKE_FROM.key(), from, "it must be above 0 and up to 1.");
    }
    double introduce = values.get(ShopOptions.INTRODUCE);
    if (!(introduce >= 1 && introduce <= 1000)) {
      problems.add(ShopOptions.INTRODUCE.key(), introduce, "it must be from 1 to 1000.");
    }
    Duration refresh = values.get(ShopOptions.REFRESH);
    if (!refresh.isZero() && refresh.compareTo(SHORTEST_REFRESH) < 0) {
      problems.add(
          ShopOptions.REFRESH.key(),
          given.get(ShopOptions.REFRESH.key()),
          "it must be at least 1 min, or 0 for never.");
    }
    if (alike == 0) {
      idle(ShopOptions.ALIKE_FROM, "without --max-alike", given, notes);
    }
    if (refresh.isZero()) {
      idle(ShopOptions.REFRESH_FOR, "without --refresh", given, notes);
    }
    if (hasCatalogue) {
      idle(ShopOptions.AVAILABLE_COLUMN, "with --items, which say so themselves", given, notes);
    } else if (format == null || format == FileFormat.AVRO) {
      idle(ShopOptions.AVAILABLE_COLUMN, "here: it is of rows of CSV and JSON", given, notes);
    }
    where(values, format, hasCatalogue, problems);
  }

  private static void where(
      ReadableConfig values, @Nullable FileFormat format, boolean hasCatalogue, Problems problems) {
    String where = values.get(ShopOptions.ITEMS_WHERE);
    if (where == null) {
      return;
    }
    ItemCondition condition;
    try {
      condition = ItemCondition.parse(where);
    } catch (IllegalArgumentException wrong) {
      problems.add(
          ShopOptions.ITEMS_WHERE.key(),
          where,
          wrong.getMessage()
              + ". Write, for example, \"price < 100 and title is not null\"; names with other"
              + " characters in double quotes, texts in single ones.");
      return;
    }
    if (hasCatalogue) {
      return;
    }
    if (format == FileFormat.AVRO) {
      problems.add(
          ShopOptions.ITEMS_WHERE.key(),
          where,
          "records of Interaction have no fields of items. Name the items' files or topic by"
              + " --items.");
    } else if (format == null && !ItemCondition.OF_EVERY_ITEM.containsAll(condition.names())) {
      problems.add(
          ShopOptions.ITEMS_WHERE.key(),
          where,
          "the storefront's items have "
              + String.join(", ", ItemCondition.OF_EVERY_ITEM.stream().sorted().toList())
              + ". Ask for these.");
    }
  }

  private static void idle(
      ConfigOption<?> option, String where, Map<String, String> given, List<String> notes) {
    if (given.containsKey(option.key())) {
      notes.add("--" + option.key() + " has no effect " + where + ".");
    }
  }
}
