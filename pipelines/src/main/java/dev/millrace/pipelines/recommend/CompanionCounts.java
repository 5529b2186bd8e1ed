package dev.millrace.pipelines.recommend;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * With which items one was in a basket, and how often lately: bounded by the number of items that
 * are counted. Public for Flink's serializer only.
 */
public final class CompanionCounts {
  private static final Comparator<Map.Entry<String, Double>> MOST_FIRST =
      Map.Entry.<String, Double>comparingByValue()
          .reversed()
          .thenComparing(Map.Entry.comparingByKey());

  /** The weight of the baskets with each, as of {@link #last}. */
  public Map<String, Double> weights = new HashMap<>();

  /** The weight of all baskets of the item, as of {@link #last}. */
  public double total;

  /** The latest basket: milliseconds since 1970 in event time. */
  public long last = Long.MIN_VALUE;

  /** When it is next looked whether this can be forgotten; the earliest there is before that. */
  public long lookAt = Long.MIN_VALUE;

  public CompanionCounts() {}

  /**
   * Takes in a basket. With as many as twice {@code keep} items counted, those with the least
   * weight are let go of, down to {@code keep}: in between, each newcomer has a chance to come
   * again.
   */
  void add(BasketItem item, Decay decay, int keep) {
    double weight = 1;
    if (last != Long.MIN_VALUE && item.time >= last) {
      double left = decay.after(item.time - last);
      weights.replaceAll((other, sum) -> sum * left);
      total *= left;
    } else if (last != Long.MIN_VALUE) {
      weight = decay.after(last - item.time);
    }
    last = Math.max(last, item.time);
    total += weight;
    // A pair out of many says less.
    double each = weight / Math.sqrt(item.others.length + 1);
    for (String other : item.others) {
      weights.merge(other, each, Double::sum);
    }
    if (weights.size() > 2 * keep) {
      weights.keySet().retainAll(most(keep).stream().map(Map.Entry::getKey).toList());
    }
  }

  /** Those with the most weight, most first. */
  List<Map.Entry<String, Double>> most(int count) {
    return weights.entrySet().stream().sorted(MOST_FIRST).limit(count).toList();
  }
}
