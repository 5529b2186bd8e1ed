package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which items are in the most baskets, ever and lately, of those that may be recommended. Kept
 * sorted, so that asking costs nothing but the answer.
 */
final class Popularity {
  private static final Comparator<ItemState> MOST_BASKETS_FIRST =
      Comparator.<ItemState>comparingLong(item -> item.baskets)
          .reversed()
          .thenComparing(item -> item.itemId);

  private static final Comparator<ItemState> HIGHEST_TREND_FIRST =
      (a, b) ->
          a.level != b.level ? Double.compare(b.level, a.level) : a.itemId.compareTo(b.itemId);

  private final Decay decay;

  // What an item is sorted by changes only while it is in neither.
  private final NavigableSet<ItemState> byBaskets = new TreeSet<>(MOST_BASKETS_FIRST);
  private final NavigableSet<ItemState> byTrend = new TreeSet<>(HIGHEST_TREND_FIRST);

  Popularity(Decay decay) {
    this.decay = decay;
  }

  /** Takes in an item as it was restored. */
  void restore(ItemState item) {
    if (item.baskets > 0) {
      insert(item);
    }
  }

  /** The item was in one more basket. */
  void add(ItemState item, long time) {
    if (item.baskets == 0) {
      item.trendTime = time;
    } else {
      remove(item);
    }
    item.baskets++;
    item.trend = decay.add(item.trend, item.trendTime, time);
    item.trendTime = Math.max(item.trendTime, time);
    insert(item);
  }

  /** Whether the item may be recommended is known anew. */
  void decided(ItemState item) {
    if (item.baskets > 0) {
      remove(item);
      insert(item);
    }
  }

  private void remove(ItemState item) {
    byBaskets.remove(item);
    byTrend.remove(item);
  }

  private void insert(ItemState item) {
    if (item.refused) {
      return;
    }
    item.level = decay.level(item.trend, item.trendTime);
    byBaskets.add(item);
    byTrend.add(item);
  }

  /** The weight of the baskets that the item was in, as of a moment. */
  double trend(ItemState item, long moment) {
    return item.baskets == 0 ? 0 : item.trend * decay.after(Math.max(0, moment - item.trendTime));
  }

  /** The items in the most baskets so far, of equals those with the lower id. */
  Set<String> top(int count) {
    Set<String> top = new HashSet<>();
    Iterator<ItemState> best = byBaskets.iterator();
    while (top.size() < count && best.hasNext()) {
      top.add(best.next().itemId);
    }
    return top;
  }

  /** The items with the highest trend that are not among {@code except}. */
  List<ItemState> trending(int count, Set<String> except) {
    List<ItemState> top = new ArrayList<>();
    Iterator<ItemState> best = byTrend.iterator();
    while (top.size() < count && best.hasNext()) {
      ItemState item = best.next();
      if (!except.contains(item.itemId)) {
        top.add(item);
      }
    }
    return top;
  }
}
