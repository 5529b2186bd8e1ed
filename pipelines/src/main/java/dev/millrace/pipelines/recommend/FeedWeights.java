package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;
import java.util.Set;

/**
 * How the sources of a feed are blended. The score of an item is a product of powers, one for each
 * thing that is known of it: {@link Bought} has those of items that the person has bought, {@link
 * Unknown} those of the others, once for items that are new in the shop and once for the rest. They
 * are where {@link Blend learning} begins.
 *
 * @param bought for items that the person has bought
 * @param unknown for items that are new to the person
 * @param cold for items that are new to the person and in the shop
 * @param learningRate how far a basket moves the powers; 0 leaves them as they are
 * @param sources what the feed is made of
 * @param coldFor for how long after it was first heard of an item is new in the shop
 * @param minCosine below this, items have nothing to do with each other; from -1 to under 1
 * @param recentItems how many items count as bought lately where companions are asked for
 * @param nearTo how many do where the content is
 * @param neighbours how many items are kept as near to an item
 * @param companionRecency after this time, a purchase counts half where companions are asked for
 * @param candidates how many of each source that are new to the person are considered for a feed
 * @param discover of ten places, how many at least are for items that the person has not bought,
 *     where there are such
 */
public record FeedWeights(
    Bought bought,
    Unknown unknown,
    Unknown cold,
    double learningRate,
    Set<Source> sources,
    Duration coldFor,
    double minCosine,
    int recentItems,
    int nearTo,
    int neighbours,
    Duration companionRecency,
    int candidates,
    int discover)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * The powers of what is known of an item that the person has bought.
   *
   * @param factor the logarithm of what all of it is multiplied with
   * @param history of the number of the person's baskets that it was in, decayed
   * @param share of the share of the person's baskets that it was in
   * @param days of the days since the person bought it last
   * @param trend of the number of all baskets that it was in, decayed
   * @param baskets of the number of all baskets that it was in
   * @param companions of how much it belongs to what the person bought lately
   * @param items of the number of items that the person has bought
   * @param loyalty of the share of the person's baskets that is bought again
   */
  public record Bought(
      double factor,
      double history,
      double share,
      double days,
      double trend,
      double baskets,
      double companions,
      double items,
      double loyalty)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    static final int FACTS = 8;

    double[] powers() {
      return new double[] {
        factor, history, share, days, trend, baskets, companions, items, loyalty
      };
    }
  }

  /**
   * The powers of what is known of an item that is new to the person.
   *
   * @param factor the logarithm of what all of it is multiplied with: more makes feeds with more
   *     new items
   * @param trend of the number of all baskets that it was in, decayed
   * @param baskets of the number of all baskets that it was in
   * @param companions of how much it belongs to what the person bought lately
   * @param content of how near it is to what the person bought lately, as the cosine, scaled from
   *     {@code minCosine..1} to {@code 0..1}
   * @param age of the days since it was first heard of
   */
  public record Unknown(
      double factor, double trend, double baskets, double companions, double content, double age)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    static final int FACTS = 5;
    static final int COMPANIONS = 2;
    static final int CONTENT = 3;

    double[] powers() {
      return new double[] {factor, trend, baskets, companions, content, age};
    }
  }

  /** Learns from what anybody would begin with: no power was found by looking at purchases. */
  public static final FeedWeights DEFAULT =
      new FeedWeights(
          new Bought(0, 1, 0, 0, 0.5, 0, 0, 0, 0),
          new Unknown(0, 0.5, 0, 0.5, 0, 0),
          new Unknown(0, 0.5, 0, 0.5, 0, 0),
          0.1,
          Set.of(Source.values()),
          Duration.ofDays(14),
          0.5,
          50,
          20,
          20,
          Duration.ofDays(60),
          100,
          0);

  public FeedWeights {
    sources = Set.copyOf(sources);
    Checks.that(
        learningRate >= 0 && learningRate <= 1, "learningRate", learningRate, "from 0 to 1");
    Checks.that(!coldFor.isNegative(), "coldFor", coldFor, "0 or more");
    Checks.that(minCosine >= -1 && minCosine < 1, "minCosine", minCosine, "from -1 to under 1");
    Checks.that(recentItems >= 0, "recentItems", recentItems, "0 or more");
    Checks.that(nearTo >= 0, "nearTo", nearTo, "0 or more");
    Checks.that(neighbours >= 1, "neighbours", neighbours, "1 or more");
    Checks.that(companionRecency.toMillis() > 0, "companionRecency", companionRecency, "above 0");
    Checks.that(candidates >= 1, "candidates", candidates, "1 or more");
    Checks.that(discover >= 0 && discover <= 10, "discover", discover, "from 0 to 10");
  }

  boolean uses(Source source) {
    return sources.contains(source);
  }

  /** The same with another number of places that are kept for what is new to the person. */
  public FeedWeights withDiscover(int places) {
    return new FeedWeights(
        bought,
        unknown,
        cold,
        learningRate,
        sources,
        coldFor,
        minCosine,
        recentItems,
        nearTo,
        neighbours,
        companionRecency,
        candidates,
        places);
  }

  /** The same of some sources only. */
  public FeedWeights withSources(Set<Source> some) {
    return new FeedWeights(
        bought,
        unknown,
        cold,
        learningRate,
        some,
        coldFor,
        minCosine,
        recentItems,
        nearTo,
        neighbours,
        companionRecency,
        candidates,
        discover);
  }

  /** Of {@code places}, those that are kept for items that the person has not bought. */
  int discoverOf(int places) {
    return places * discover / 10;
  }
}
