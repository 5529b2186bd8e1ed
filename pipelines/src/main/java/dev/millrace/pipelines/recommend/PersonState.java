package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of a person: bounded by the number of items that are kept. Public for Flink's
 * serializer only.
 */
public final class PersonState {
  private static final Comparator<Map.Entry<String, Purchase>> NEWEST_FIRST =
      Comparator.<Map.Entry<String, Purchase>>comparingLong(entry -> entry.getValue().last)
          .thenComparingDouble(entry -> entry.getValue().weight)
          .reversed()
          .thenComparing(Map.Entry::getKey);

  /** By item. */
  public Map<String, Purchase> purchases = new HashMap<>();

  /** How many baskets the person has had. */
  public int baskets;

  /**
   * For each basket but the first, the share of its items that the person had bought before: their
   * sum.
   */
  public double boughtAgain;

  /** The moment as of which the next feed is due; the earliest there is where none is due. */
  public long feedAt = Long.MIN_VALUE;

  /** The moment as of which the feed is made again if nothing happens; 0 where it is not. */
  public long refreshAt;

  /** The moment as of which the feed after the last basket was made. */
  public long refreshFrom;

  public PersonState() {}

  /** The feed as of a moment follows a basket, and is made again some time after it. */
  void refreshAfter(long moment, ShopRules rules) {
    refreshFrom = moment;
    refreshAt = moment;
    refreshAgain(rules);
  }

  /** The feed was made again, and is so once more, unless the last basket is too long ago. */
  void refreshAgain(ShopRules rules) {
    long next = refreshAt + rules.refreshEvery().toMillis();
    refreshAt = rules.refreshes() && next - refreshFrom <= rules.refreshFor().toMillis() ? next : 0;
  }

  /** Takes in a basket, and lets go of the items with the least weight beyond {@code keep}. */
  void add(Basket basket, Decay decay, int keep) {
    if (!basket.part) {
      if (baskets > 0) {
        long again = Arrays.stream(basket.items).filter(purchases::containsKey).count();
        boughtAgain += (double) again / basket.items.length;
      }
      baskets++;
    }
    for (String itemId : basket.items) {
      Purchase purchase = purchases.computeIfAbsent(itemId, id -> new Purchase());
      purchase.weight =
          purchase.baskets == 0 ? 1 : decay.add(purchase.weight, purchase.last, basket.time);
      purchase.last = Math.max(purchase.last, basket.time);
      purchase.baskets++;
    }
    if (purchases.size() > keep) {
      purchases.entrySet().stream()
          .sorted(
              Comparator.<Map.Entry<String, Purchase>>comparingDouble(
                      entry -> decay.level(entry.getValue().weight, entry.getValue().last))
                  .reversed()
                  .thenComparing(Map.Entry::getKey))
          .skip(keep)
          .map(Map.Entry::getKey)
          .toList()
          .forEach(purchases::remove);
    }
  }

  /** The share of a basket that is bought again, by what is known of the person's. */
  double loyalty() {
    return (boughtAgain + 1) / (Math.max(0, baskets - 1) + 2.5);
  }

  /** The items bought last, newest first. */
  List<String> recent(int count) {
    return purchases.entrySet().stream()
        .sorted(NEWEST_FIRST)
        .limit(count)
        .map(Map.Entry::getKey)
        .toList();
  }
}
