package dev.millrace.jobs.feed;

import dev.millrace.pipelines.recommend.ShopRules;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options for what a shop wants of its feeds. */
public final class ShopOptions {

  public static final ConfigOption<String> AVAILABLE_COLUMN =
      ConfigOptions.key("available-column")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The column that says whether the row's item is to be had from then on: true or"
                  + " false, yes or no, or how many there are in stock; empty says nothing. Rows that"
                  + " are returns say it, too, such as one of quantity 0. What is not to be had"
                  + " leaves all later feeds until it is back. Avro has it in the field available,"
                  + " of Interaction and of the --items.");

  public static final ConfigOption<String> ITEMS_WHERE =
      ConfigOptions.key("items-where")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Only items for which this holds are recommended, such as \"price < 100 and"
                  + " department in ('Garden', 'Home')\": comparisons with values (= != < <= > >=),"
                  + " in, is null, and, or, not, brackets. The names are columns of the rows; with"
                  + " --items, item_id, title, description, department and those in fields.");

  public static final ConfigOption<Integer> MAX_ALIKE =
      ConfigOptions.key("max-alike")
          .intType()
          .defaultValue(0)
          .withDescription(
              "How many items that are alike to an item may be before it in a feed; beyond that it"
                  + " is passed over. With 0, any number.");

  public static final ConfigOption<Double> ALIKE_FROM =
      ConfigOptions.key("alike-from")
          .doubleType()
          .defaultValue(0.8)
          .withDescription(
              "From which cosine of their texts' embeddings on two items are alike for --max-alike,"
                  + " above 0 and up to 1.");

  public static final ConfigOption<Double> INTRODUCE =
      ConfigOptions.key("introduce")
          .doubleType()
          .defaultValue(ShopRules.NONE.introduce())
          .withDescription(
              "How many times the score of an item counts that is new in the shop and to the person,"
                  + " from 1 to 1000.");

  public static final ConfigOption<Duration> REFRESH =
      ConfigOptions.key("refresh")
          .durationType()
          .defaultValue(Duration.ZERO)
          .withDescription(
              "How long after a person's last basket, in event time, the feed is written again, and"
                  + " again so much later, such as '1 day'. With 0, after baskets only.");

  public static final ConfigOption<Duration> REFRESH_FOR =
      ConfigOptions.key("refresh-for")
          .durationType()
          .defaultValue(Duration.ofDays(14))
          .withDescription("For how long after a person's last basket --refresh goes on.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          AVAILABLE_COLUMN, ITEMS_WHERE, MAX_ALIKE, ALIKE_FROM, INTRODUCE, REFRESH, REFRESH_FOR);

  private ShopOptions() {}
}
