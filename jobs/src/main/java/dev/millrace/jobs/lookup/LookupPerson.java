package dev.millrace.jobs.lookup;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one person: what was bought lately and the latest feed. Kept as arrays, since
 * there are many people. Public for Flink's serializer only; treat it as immutable: the server's
 * threads read what the task has published.
 */
public final class LookupPerson {

  /** How many rows of the history are kept. */
  static final int MOST_ROWS = 60;

  /** In {@link #places}: there was no feed before this basket, or the next has not come yet. */
  static final int NOT_JUDGED = -1;

  /** In {@link #places}: the feed before this basket did not have the item. */
  static final int NOT_RECOMMENDED = 0;

  /** What was bought, newest first. */
  public String[] items = {};

  /** When, in event time, milliseconds since 1970. */
  public long[] times = {};

  /** In which basket; null where rows have none. */
  public @Nullable String[] baskets = {};

  /** At which place, from 1, the feed before the basket had the item. */
  public int[] places = {};

  /** As of when the feed is; the earliest there is where there is none. */
  public long feedTime = Long.MIN_VALUE;

  /** What the feed holds, best first. */
  public String[] feed = {};

  public float[] scores = {};

  /** By the places in the schema of {@link Reason}. */
  public byte[] reasons = {};

  /** What the reasons point to; null where one points to nothing. */
  public @Nullable String[] becauseOf = {};

  /** For Flink's serializer, and a person of whom nothing is known yet. */
  public LookupPerson() {}

  private LookupPerson(LookupPerson other) {
    items = other.items;
    times = other.times;
    baskets = other.baskets;
    places = other.places;
    feedTime = other.feedTime;
    feed = other.feed;
    scores = other.scores;
    reasons = other.reasons;
    becauseOf = other.becauseOf;
  }

  boolean hasFeed() {
    return feedTime != Long.MIN_VALUE;
  }

  /** The latest time of anything that is known. */
  long latest() {
    return times.length == 0 ? feedTime : Math.max(feedTime, times[0]);
  }

  /** The person with one row more; the same one where that row is there already or too old. */
  LookupPerson withBought(String item, long time, @Nullable String basket) {
    int at = 0;
    String together = basket;
    for (int i = 0; i < items.length; i++) {
      boolean same = basket == null ? times[i] == time : basket.equals(baskets[i]);
      if (same && items[i].equals(item)) {
        return this;
      }
      together = same ? baskets[i] : together;
      at = times[i] >= time ? i + 1 : at;
    }
    if (at >= MOST_ROWS) {
      return this;
    }
    int length = Math.min(MOST_ROWS, items.length + 1);
    LookupPerson next = new LookupPerson(this);
    next.items = Arrays.copyOf(items, length);
    next.times = Arrays.copyOf(times, length);
    next.baskets = Arrays.copyOf(baskets, length);
    next.places = Arrays.copyOf(places, length);
    int moved = length - at - 1;
    System.arraycopy(items, at, next.items, at + 1, moved);
    System.arraycopy(times, at, next.times, at + 1, moved);
    System.arraycopy(baskets, at, next.baskets, at + 1, moved);
    System.arraycopy(places, at, next.places, at + 1, moved);
    next.items[at] = item;
    next.times[at] = time;
    // One object for a whole basket.
    next.baskets[at] = together;
    next.places[at] = NOT_JUDGED;
    return next;
  }

  /**
   * The person with a newer feed, and with what the feed before had of what was bought since; the
   * same one where the feed is not newer.
   *
   * @param shared gives the one object for all equal items' names
   */
  LookupPerson withFeed(Recommendation newer, UnaryOperator<String> shared) {
    long time = newer.getEventTime().toEpochMilli();
    if (time < feedTime) {
      return this;
    }
    LookupPerson next = new LookupPerson(this);
    next.places = judged(time);
    next.feedTime = time;
    List<RecommendedItem> best = newer.getItems();
    next.feed = new String[best.size()];
    next.scores = new float[best.size()];
    next.reasons = new byte[best.size()];
    next.becauseOf = new String[best.size()];
    for (int i = 0; i < best.size(); i++) {
      RecommendedItem item = best.get(i);
      next.feed[i] = shared.apply(item.getItemId());
      next.scores[i] = item.getScore();
      next.reasons[i] = (byte) Reason.getClassSchema().getEnumOrdinal(item.getReason().name());
      String because = item.getBecauseOf();
      next.becauseOf[i] = because == null ? null : shared.apply(because);
    }
    return next;
  }

  /** The places of what was bought after the present feed and up to the next one's time. */
  private int[] judged(long until) {
    if (!hasFeed()) {
      return places;
    }
    int[] judged = places.clone();
    Map<String, Long> begins = new HashMap<>();
    for (int i = 0; i < items.length; i++) {
      String basket = baskets[i];
      if (basket != null) {
        begins.merge(basket, times[i], Math::min);
      }
    }
    for (int i = 0; i < items.length; i++) {
      String basket = baskets[i];
      long begin = basket == null ? times[i] : begins.getOrDefault(basket, times[i]);
      if (places[i] == NOT_JUDGED && begin > feedTime && begin <= until) {
        judged[i] = NOT_RECOMMENDED + 1 + Arrays.asList(feed).indexOf(items[i]);
      }
    }
    return judged;
  }

  /** The same person with one object for all equal names, as the serializer does not make them. */
  LookupPerson sharing(UnaryOperator<String> shared) {
    Map<String, String> own = new HashMap<>();
    LookupPerson next = new LookupPerson(this);
    next.items = Arrays.stream(items).map(shared).toArray(String[]::new);
    next.feed = Arrays.stream(feed).map(shared).toArray(String[]::new);
    next.becauseOf = each(becauseOf, shared);
    next.baskets = each(baskets, basket -> own.computeIfAbsent(basket, first -> first));
    return next;
  }

  private static @Nullable String[] each(@Nullable String[] names, UnaryOperator<String> shared) {
    @Nullable String[] next = names.clone();
    for (int i = 0; i < next.length; i++) {
      String name = next[i];
      next[i] = name == null ? null : shared.apply(name);
    }
    return next;
  }
}
