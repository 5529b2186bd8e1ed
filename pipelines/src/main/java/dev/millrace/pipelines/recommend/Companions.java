package dev.millrace.pipelines.recommend;

import java.util.List;

/**
 * What is bought together with what a person bought lately.
 *
 * <p>How much two items belong together is the weight of the baskets with both, divided by the
 * geometric mean of the weights of the baskets with either, so that what everybody buys belongs to
 * nothing in particular. The strength of an item is the mean of that over what the person bought
 * lately, what was bought later counting more.
 */
final class Companions {
  /** What is added to the weight of an item's baskets: a few baskets show little. */
  private static final double FEW = 1;

  private static final double FEW_OF_OTHER = 2;

  private final Decay baskets;
  private final Decay recency;

  Companions(RecommendSettings settings) {
    baskets = Decay.of(settings.companions().halfLife());
    recency = Decay.of(settings.weights().companionRecency());
  }

  /**
   * Finds the strength of each item, also of those that the person bought.
   *
   * @param recent what counts as bought lately, always in the same order: sums depend on it. What a
   *     strength is due to is an index here
   * @param strengths where they are added; it has none yet
   */
  void of(
      List<String> recent,
      PersonState person,
      Catalogue catalogue,
      long moment,
      ItemScores strengths) {
    double all = 0;
    for (short i = 0; i < recent.size(); i++) {
      Purchase purchase = person.purchases.get(recent.get(i));
      if (purchase == null) {
        continue;
      }
      double weight = recency.after(moment - purchase.last);
      all += weight;
      ItemState item = catalogue.item(recent.get(i));
      if (item == null) {
        continue;
      }
      StoredCompanions list = catalogue.companions(item);
      if (list == null) {
        continue;
      }
      double left = baskets.after(moment - list.last());
      double scale = weight * left / Math.sqrt(list.total() * left + FEW);
      for (int other = 0; other < list.size(); other++) {
        strengths.add(catalogue.known(list.other(other)), scale * list.weight(other), i);
      }
    }
    for (int i = 0; i < strengths.size(); i++) {
      KnownItem item = strengths.item(i);
      strengths.divide(item, all * Math.sqrt(basketsOf(item, catalogue, moment) + FEW_OF_OTHER));
    }
  }

  private double basketsOf(KnownItem known, Catalogue catalogue, long moment) {
    StoredCompanions list = known.state == null ? null : catalogue.companions(known.state);
    return list == null || list.size() == 0
        ? 0
        : list.total() * baskets.after(moment - list.last());
  }
}
