package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;

/**
 * How the sources of a feed are blended. The score of an item is a product of powers, one for each
 * thing that is known of it: {@link Bought} has those of items that the person has bought, {@link
 * Unknown} those of the others.
 *
 * @param bought for items that the person has bought
 * @param unknown for items that are new to the person
 * @param minCosine below this, items have nothing to do with each other; from -1 to under 1
 * @param recentItems how many items count as bought lately where companions are asked for
 * @param nearTo how many do where the content is
 * @param neighbours how many items are kept as near to an item
 * @param companionRecency after this time, a purchase counts half where companions are asked for
 * @param trending how many of the items with the highest trend are considered for every feed
 * @param discover of ten places, how many at least are for items that the person has not bought,
 *     where there are such
 */
public record FeedWeights(
    Bought bought,
    Unknown unknown,
    double minCosine,
    int recentItems,
    int nearTo,
    int neighbours,
    Duration companionRecency,
    int trending,
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
   */
  public record Unknown(
      double factor, double trend, double baskets, double companions, double content)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Learnt on real purchases of nine months, where each source of the blend helps. */
  public static final FeedWeights DEFAULT =
      new FeedWeights(
          new Bought(0.27, 1.26, -0.4, 0.12, 0.66, -0.26, 0.09, -0.91, 0.77),
          new Unknown(0, 0.82, -0.6, 0.64, 0.33),
          0.5,
          50,
          20,
          20,
          Duration.ofDays(60),
          100,
          0);

  public FeedWeights {
    Checks.that(minCosine >= -1 && minCosine < 1, "minCosine", minCosine, "from -1 to under 1");
    Checks.that(recentItems >= 0, "recentItems", recentItems, "0 or more");
    Checks.that(nearTo >= 0, "nearTo", nearTo, "0 or more");
    Checks.that(neighbours >= 1, "neighbours", neighbours, "1 or more");
    Checks.that(companionRecency.toMillis() > 0, "companionRecency", companionRecency, "above 0");
    Checks.that(trending >= 0, "trending", trending, "0 or more");
    Checks.that(discover >= 0 && discover <= 10, "discover", discover, "from 0 to 10");
  }

  /** The same with another number of places that are kept for what is new to the person. */
  public FeedWeights withDiscover(int places) {
    return new FeedWeights(
        bought,
        unknown,
        minCosine,
        recentItems,
        nearTo,
        neighbours,
        companionRecency,
        trending,
        places);
  }

  /** Of {@code places}, those that are kept for items that the person has not bought. */
  int discoverOf(int places) {
    return places * discover / 10;
  }
}
