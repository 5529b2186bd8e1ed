package dev.millrace.pipelines.recommend;

/**
 * What is known of candidates, as the logarithms that the powers of {@link FeedWeights} multiply.
 * Nothing is taken as it is: what is added to it says what an item is worth of which nothing is
 * known, and what it is divided by is usual in a shop, since powers of what is about 1 are learnt
 * soonest.
 */
final class Facts {
  static final float NO_COMPANION = log(0.001, 0.0067);
  static final float NOT_NEAR = log(0.1, 0.37);

  private static final double MILLIS_OF_DAY = 86_400_000.0;

  private final float[] facts;
  private int size;

  Facts(int bought, int others) {
    facts = new float[bought * FeedWeights.Bought.FACTS + others * FeedWeights.Unknown.FACTS];
  }

  /**
   * Of an item that the person has bought.
   *
   * @param history the person's baskets with it, decayed
   * @param trend all baskets with it, decayed
   * @param companions the strength with which it belongs to what the person bought lately
   */
  void addBought(
      Purchase purchase,
      PersonState person,
      long moment,
      double history,
      double trend,
      long baskets,
      double companions) {
    add(history + 0.05, 1);
    add((double) purchase.baskets / person.baskets + 0.02, 1);
    add((moment - purchase.last) / MILLIS_OF_DAY + 1, 1);
    add(trend + 0.5, 1);
    add(baskets + 2.0, 20);
    add(companions + 0.001, 0.0067);
    add(person.purchases.size(), 55);
    add(person.loyalty(), 0.37);
  }

  /**
   * Of an item that is new to the person.
   *
   * @param companions the strength with which it belongs to what the person bought lately
   * @param nearness to what the person bought lately, from 0 to 1
   * @param age milliseconds since it was first heard of; 0 where it has not been
   */
  void addUnknown(double trend, long baskets, double companions, double nearness, long age) {
    add(trend + 0.5, 1);
    add(baskets + 2.0, 20);
    add(companions + 0.001, 0.0067);
    add(nearness + 0.1, 0.37);
    add(age / MILLIS_OF_DAY + 1, 7);
  }

  float[] all() {
    return facts;
  }

  private void add(double value, double usual) {
    facts[size++] = log(value, usual);
  }

  private static float log(double value, double usual) {
    return (float) Math.log(value / usual);
  }
}
