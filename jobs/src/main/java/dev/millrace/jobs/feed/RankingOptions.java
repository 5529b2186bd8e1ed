package dev.millrace.jobs.feed;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of {@code millrace feed} for a model that has a say in the order of feeds. */
public final class RankingOptions {

  public static final ConfigOption<String> RANKING_MODEL =
      ConfigOptions.key("ranking-model")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A folder with a cross-encoder, in Hugging Face's layout, or with a sequence model"
                  + " over item ids, which has items.txt, that is asked how well the best candidates"
                  + " of a feed go with what the person bought last. How much its word counts is learnt on the stream. Without it, no model is asked.");

  public static final ConfigOption<Integer> RANKING_CANDIDATES =
      ConfigOptions.key("ranking-candidates")
          .intType()
          .defaultValue(50)
          .withDescription(
              "How many of a feed's candidates the --ranking-model is asked about, from 1 to 1000:"
                  + " those that are best without it.");

  public static final ConfigOption<String> RANKING_ACCELERATORS =
      ConfigOptions.key("ranking-accelerators")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where the --ranking-model runs, as --accelerators says it. Without it, where the"
                  + " other model runs.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(RANKING_MODEL, RANKING_CANDIDATES, RANKING_ACCELERATORS);

  private RankingOptions() {}
}
