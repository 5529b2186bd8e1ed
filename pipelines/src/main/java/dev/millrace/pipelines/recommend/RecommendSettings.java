package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;

/**
 * What a feed is made with.
 *
 * @param topK places of a feed
 * @param model the embedding model, as the user named it; for the output only
 * @param modelDigest SHA-256 over the model; for the output only
 * @param basketGap rows of a basket are at most this far from its first one. Feeds come this much
 *     after event time has reached their basket, so keep it small
 * @param basketMemory how long after a basket was handed on its id is known, so that a row that
 *     comes later is taken for a part of it
 * @param historyHalfLife after this time, a purchase counts half in the person's history
 * @param trendHalfLife after this time, a purchase counts half in an item's trend
 * @param historyItems items that are kept of a person's history
 * @param companions what is counted of items that are in one basket together
 * @param weights how the sources are blended
 * @param rules what the shop wants of its feeds
 * @param exactUpTo with so many items at most, what is near to one is found by comparing it with
 *     all; with more, along a graph
 * @param examples people of whom examples are given; 0 for none
 * @param seed which people those are
 */
public record RecommendSettings(
    int topK,
    String model,
    String modelDigest,
    Duration basketGap,
    Duration basketMemory,
    Duration historyHalfLife,
    Duration trendHalfLife,
    int historyItems,
    CompanionSettings companions,
    FeedWeights weights,
    ShopRules rules,
    int exactUpTo,
    int examples,
    long seed)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public RecommendSettings {
    Checks.that(topK >= 1, "topK", topK, "1 or more");
    Checks.that(!basketGap.isNegative(), "basketGap", basketGap, "0 or more");
    Checks.that(!basketMemory.isNegative(), "basketMemory", basketMemory, "0 or more");
    Checks.that(historyHalfLife.toMillis() > 0, "historyHalfLife", historyHalfLife, "above 0");
    Checks.that(trendHalfLife.toMillis() > 0, "trendHalfLife", trendHalfLife, "above 0");
    Checks.that(historyItems >= 1, "historyItems", historyItems, "1 or more");
    Checks.that(exactUpTo >= 0, "exactUpTo", exactUpTo, "0 or more");
    Checks.that(examples >= 0, "examples", examples, "0 or more");
  }

  /** Everything else as it is good for a shop. */
  public static RecommendSettings of(int topK, String model, String modelDigest) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        Duration.ofMinutes(5),
        Duration.ofDays(1),
        Duration.ofDays(240),
        Duration.ofDays(7),
        500,
        CompanionSettings.DEFAULT,
        FeedWeights.DEFAULT,
        ShopRules.NONE,
        100_000,
        3,
        1);
  }

  /** The same with other weights. */
  public RecommendSettings withWeights(FeedWeights other) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        basketGap,
        basketMemory,
        historyHalfLife,
        trendHalfLife,
        historyItems,
        companions,
        other,
        rules,
        exactUpTo,
        examples,
        seed);
  }

  /** The same with another gap. */
  public RecommendSettings withBasketGap(Duration other) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        other,
        basketMemory,
        historyHalfLife,
        trendHalfLife,
        historyItems,
        companions,
        weights,
        rules,
        exactUpTo,
        examples,
        seed);
  }

  /** The same with examples of other people: how many, and which. */
  public RecommendSettings withExamples(int count, long otherSeed) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        basketGap,
        basketMemory,
        historyHalfLife,
        trendHalfLife,
        historyItems,
        companions,
        weights,
        rules,
        exactUpTo,
        count,
        otherSeed);
  }

  /** The same with other wishes of the shop. */
  public RecommendSettings withRules(ShopRules other) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        basketGap,
        basketMemory,
        historyHalfLife,
        trendHalfLife,
        historyItems,
        companions,
        weights,
        other,
        exactUpTo,
        examples,
        seed);
  }

  /** The same with another number of items from which on what is near is found along a graph. */
  public RecommendSettings withExactUpTo(int other) {
    return new RecommendSettings(
        topK,
        model,
        modelDigest,
        basketGap,
        basketMemory,
        historyHalfLife,
        trendHalfLife,
        historyItems,
        companions,
        weights,
        rules,
        other,
        examples,
        seed);
  }
}
