package dev.millrace.pipelines.recommend;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

  /** How strongly something belongs to what a person bought, and to which of it most. */
  static final class Strength {
    double strength;
    private double most;
    private String becauseOf = "";

    String becauseOf() {
      return becauseOf;
    }

    private void add(double part, String bought) {
      strength += part;
      if (part > most) {
        most = part;
        becauseOf = bought;
      }
    }
  }

  private final Decay baskets;
  private final Decay recency;

  Companions(RecommendSettings settings) {
    baskets = Decay.of(settings.companions().halfLife());
    recency = Decay.of(settings.weights().companionRecency());
  }

  /**
   * By item; also of items that the person bought.
   *
   * @param recent what counts as bought lately, always in the same order: sums depend on it
   */
  Map<String, Strength> of(
      List<String> recent, PersonState person, Catalogue catalogue, long moment) {
    Map<String, Strength> strengths = new HashMap<>();
    double all = 0;
    for (String bought : recent) {
      Purchase purchase = person.purchases.get(bought);
      if (purchase == null) {
        continue;
      }
      double weight = recency.after(moment - purchase.last);
      all += weight;
      ItemState item = catalogue.item(bought);
      if (item == null) {
        continue;
      }
      CompanionList list = item.companions;
      double left = baskets.after(moment - list.last);
      double scale = weight * left / Math.sqrt(list.total * left + FEW);
      for (int i = 0; i < list.others.length; i++) {
        strengths
            .computeIfAbsent(list.others[i], id -> new Strength())
            .add(scale * list.weights[i], bought);
      }
    }
    double total = all;
    strengths.forEach(
        (itemId, strength) ->
            strength.strength /=
                total * Math.sqrt(basketsOf(itemId, catalogue, moment) + FEW_OF_OTHER));
    return strengths;
  }

  private double basketsOf(String itemId, Catalogue catalogue, long moment) {
    ItemState item = catalogue.item(itemId);
    return item == null || item.companions.others.length == 0
        ? 0
        : item.companions.total * baskets.after(moment - item.companions.last);
  }
}
