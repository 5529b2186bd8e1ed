package dev.millrace.pipelines.sql.index;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** What {@code CREATE TABLE ... WITH ('connector' = 'millrace-index', ...)} takes. */
public final class IndexOptions {

  /** Before the options of the connector that the items come from. */
  public static final String ITEMS_PREFIX = "items.";

  public static final ConfigOption<String> ITEMS_CONNECTOR =
      ConfigOptions.key(ITEMS_PREFIX + "connector")
          .stringType()
          .defaultValue("filesystem")
          .withDescription(
              "The connector that keeps the items: INSERT INTO the index writes to it, and a"
                  + " search reads all of it when the job starts. Its own options follow with"
                  + " items. before them, such as items.path and items.format. What it reads must"
                  + " come to an end.");

  public static final ConfigOption<Metric> METRIC =
      ConfigOptions.key("metric")
          .enumType(Metric.class)
          .defaultValue(Metric.COSINE)
          .withDescription(
              "What the score of an item is: cosine, that of the angle between its vector and the"
                  + " one searched for; dot, their inner product. More is nearer.");

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL = List.of(ITEMS_CONNECTOR, METRIC);

  private IndexOptions() {}
}
