package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which items are in the most baskets, ever and lately, of those that may be recommended. Kept
 * sorted, so that asking costs nothing but the answer.
 */
final class Popularity {
  /** An item and what it is sorted by. Taken out of the sorted sets before that changes. */
  private static final class Place {
    final ItemState item;
    double level;

    Place(ItemState item) {
      this.item = item;
    }
  }

  private static final Comparator<Place> MOST_BASKETS_FIRST =
      (a, b) ->
          a.item.baskets != b.item.baskets
              ? Long.compare(b.item.baskets, a.item.baskets)
              : a.item.itemId.compareTo(b.item.itemId);

  private static final Comparator<Place> HIGHEST_TREND_FIRST =
      (a, b) ->
          a.level != b.level
              ? Double.compare(b.level, a.level)
              : a.item.itemId.compareTo(b.item.itemId);

  private final Decay decay;
  private final Map<String, Place> places = new HashMap<>();
  private final NavigableSet<Place> byBaskets = new TreeSet<>(MOST_BASKETS_FIRST);
  private final NavigableSet<Place> byTrend = new TreeSet<>(HIGHEST_TREND_FIRST);

  Popularity(Decay decay) {
    this.decay = decay;
  }

  /** Takes in an item as it was restored. */
  void restore(ItemState item) {
    if (item.baskets > 0) {
      Place place = new Place(item);
      places.put(item.itemId, place);
      insert(place);
    }
  }

  /** The item was in one more basket. */
  void add(ItemState item, long time) {
    Place place = places.get(item.itemId);
    if (place == null) {
      place = new Place(item);
      places.put(item.itemId, place);
      item.trendTime = time;
    } else {
      byBaskets.remove(place);
      byTrend.remove(place);
    }
    item.baskets++;
    item.trend = decay.add(item.trend, item.trendTime, time);
    item.trendTime = Math.max(item.trendTime, time);
    insert(place);
  }

  /** Whether the item may be recommended is known anew. */
  void decided(ItemState item) {
    Place place = places.get(item.itemId);
    if (place != null) {
      byBaskets.remove(place);
      byTrend.remove(place);
      insert(place);
    }
  }

  private void insert(Place place) {
    if (place.item.refused) {
      return;
    }
    place.level = decay.level(place.item.trend, place.item.trendTime);
    byBaskets.add(place);
    byTrend.add(place);
  }

  /** The weight of the baskets that the item was in, as of a moment. */
  double trend(ItemState item, long moment) {
    return item.baskets == 0 ? 0 : item.trend * decay.after(Math.max(0, moment - item.trendTime));
  }

  /** The items in the most baskets so far, of equals those with the lower id. */
  Set<String> top(int count) {
    Set<String> top = new HashSet<>();
    Iterator<Place> best = byBaskets.iterator();
    while (top.size() < count && best.hasNext()) {
      top.add(best.next().item.itemId);
    }
    return top;
  }

  /** The items with the highest trend that are not among {@code except}. */
  List<ItemState> trending(int count, Set<String> except) {
    List<ItemState> top = new ArrayList<>();
    Iterator<Place> best = byTrend.iterator();
    while (top.size() < count && best.hasNext()) {
      ItemState item = best.next().item;
      if (!except.contains(item.itemId)) {
        top.add(item);
      }
    }
    return top;
  }
}
