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

  public static final ConfigOption<SearchMode> SEARCH =
      ConfigOptions.key("search")
          .enumType(SearchMode.class)
          .defaultValue(SearchMode.AUTO)
          .withDescription(
              "How it is searched. exact looks at every item. approximate follows a graph (HNSW) that"
                  + " is built when the job starts: a search is many times faster and now and then"
                  + " misses an item. auto is exact up to search.exact-up-to items, and approximate"
                  + " with more.");

  public static final ConfigOption<Integer> EXACT_UP_TO =
      ConfigOptions.key("search.exact-up-to")
          .intType()
          .defaultValue(100_000)
          .withDescription("With so many items at most, 'search' = 'auto' is exact.");

  public static final ConfigOption<Integer> EF_SEARCH =
      ConfigOptions.key("hnsw.ef-search")
          .intType()
          .defaultValue(100)
          .withDescription(
              "How many candidates an approximate search keeps while it follows the graph; at least"
                  + " TOP_K. More miss less and take longer, in proportion.");

  public static final ConfigOption<Integer> M =
      ConfigOptions.key("hnsw.m")
          .intType()
          .defaultValue(16)
          .withDescription(
              "How many others an item of the graph is linked to, at most; twice as many on the"
                  + " lowest level, which has all items. More miss less, and take more memory and"
                  + " time.");

  public static final ConfigOption<Integer> EF_CONSTRUCTION =
      ConfigOptions.key("hnsw.ef-construction")
          .intType()
          .defaultValue(100)
          .withDescription(
              "How many candidates are looked at to find an item's links. More make a better graph,"
                  + " and the job starts later.");

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(ITEMS_CONNECTOR, METRIC, SEARCH, EXACT_UP_TO, EF_SEARCH, M, EF_CONSTRUCTION);

  private IndexOptions() {}
}
