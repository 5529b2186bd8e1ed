package dev.millrace.pipelines.recommend;

/**
 * The score of an item by {@link FeedWeights}. Nothing is taken to a power as it is: what is added
 * to it says what an item is worth of which nothing is known.
 */
final class FeedScore {
  static final double NO_COMPANION = 0.001;
  static final double NOT_NEAR = 0.1;

  private static final double MILLIS_OF_DAY = 86_400_000.0;

  private final FeedWeights.Bought bought;
  private final FeedWeights.Unknown unknown;

  FeedScore(FeedWeights weights) {
    bought = weights.bought();
    unknown = weights.unknown();
  }

  /**
   * Of an item that the person has bought.
   *
   * @param history the person's baskets with it, decayed
   * @param companions the strength with which it belongs to what the person bought lately
   */
  double ofBought(
      Purchase purchase,
      PersonState person,
      long moment,
      double history,
      double trend,
      long baskets,
      double companions) {
    return Math.exp(
        bought.factor()
            + bought.history() * Math.log(history + 0.05)
            + bought.share() * Math.log((double) purchase.baskets / person.baskets + 0.02)
            + bought.days() * Math.log((moment - purchase.last) / MILLIS_OF_DAY + 1)
            + bought.trend() * Math.log(trend + 0.5)
            + bought.baskets() * Math.log(baskets + 2.0)
            + bought.companions() * Math.log(companions + NO_COMPANION)
            + bought.items() * Math.log(person.purchases.size())
            + bought.loyalty() * Math.log(person.loyalty()));
  }

  /**
   * Of an item that is new to the person.
   *
   * @param companions the strength with which it belongs to what the person bought lately
   * @param nearness to what the person bought lately, from 0 to 1
   */
  double ofUnknown(double trend, long baskets, double companions, double nearness) {
    return Math.exp(
        unknown.factor()
            + unknown.trend() * Math.log(trend + 0.5)
            + unknown.baskets() * Math.log(baskets + 2.0)
            + companionPart(companions)
            + contentPart(nearness));
  }

  double companionPart(double companions) {
    return unknown.companions() * Math.log(companions + NO_COMPANION);
  }

  double contentPart(double nearness) {
    return unknown.content() * Math.log(nearness + NOT_NEAR);
  }
}
