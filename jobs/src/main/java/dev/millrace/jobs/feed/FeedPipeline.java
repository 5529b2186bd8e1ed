package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/** What lies between the sources and the sinks of the job, with the options of its own. */
interface FeedPipeline {

  /** The options that it adds to those of the job. */
  List<ConfigOption<?>> options();

  /** Adds what is wrong with the values of its options. Takes seconds at most. */
  void check(ReadableConfig values, Problems problems);

  /**
   * Builds it.
   *
   * @param values values that have passed {@link #check}
   * @param topK how many items a feed holds
   * @param interactions quantity above zero, event time and watermarks set
   * @param items each whenever its text is new or has changed, event time and watermarks set
   * @param offers what is said of items beyond their texts, event time and watermarks set
   */
  Streams build(
      ReadableConfig values,
      int topK,
      DataStream<Interaction> interactions,
      DataStream<Item> items,
      DataStream<ItemOffer> offers);

  /** One line that says what will run where, for people. */
  String describe(ReadableConfig values);

  /**
   * What comes out.
   *
   * @param recommendations the feed
   * @param tallies what was counted of baskets and their quality
   * @param examples feeds to show
   * @param deadLetters items that could not be embedded
   * @param rankingDeadLetters what a ranking model could not be asked; null without one
   */
  record Streams(
      DataStream<Recommendation> recommendations,
      DataStream<Tally> tallies,
      DataStream<PersonFeed> examples,
      DataStream<DeadLetter> deadLetters,
      @Nullable DataStream<DeadLetter> rankingDeadLetters) {}
}
