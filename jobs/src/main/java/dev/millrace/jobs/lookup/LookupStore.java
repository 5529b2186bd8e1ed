package dev.millrace.jobs.lookup;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Recommendation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * What is served, in memory: people, the items' titles, the figures. One thread writes, the task's;
 * any thread reads, and nobody waits for anybody.
 */
final class LookupStore {

  private static final int RECENT = 50;
  private static final int LONGEST_TITLE = 200;

  /**
   * An item as it is shown.
   *
   * @param id the one object for all equal ids, which people's arrays share
   * @param available whether it is to be had
   */
  private record Shown(String id, String title, boolean available) {}

  private final int most;
  private final ConcurrentSkipListMap<String, LookupPerson> people = new ConcurrentSkipListMap<>();
  private final Map<String, Shown> items = new ConcurrentHashMap<>();
  // The writer's own: who was heard of, the longest ago first.
  private final LinkedHashSet<String> order = new LinkedHashSet<>();
  private final LinkedHashSet<String> lately = new LinkedHashSet<>();
  private volatile List<String> recent = List.of();
  private volatile double[] totals = LookupFigure.none();
  private volatile int size;
  private volatile long eventTime = Long.MIN_VALUE;

  /**
   * @param most how many people are kept
   */
  LookupStore(int most) {
    this.most = most;
  }

  /** Somebody bought something. Gives the person as they are now. */
  LookupPerson bought(Interaction row) {
    return known(row.getUserId())
        .withBought(shared(row.getItemId()), row.getEventTime().toEpochMilli(), row.getBasketId());
  }

  /** Somebody has a new feed. Gives the person as they are now. */
  LookupPerson recommended(Recommendation feed) {
    LookupPerson person = known(feed.getUserId()).withFeed(feed, this::shared);
    hasFeed(feed.getUserId(), person);
    return person;
  }

  /** Takes in a person of an earlier run of the same job. They must come in the order of time. */
  @Nullable String restore(String userId, LookupPerson saved) {
    LookupPerson person = saved.sharing(this::shared);
    if (person.hasFeed()) {
      hasFeed(userId, person);
    }
    return keep(userId, person);
  }

  private void hasFeed(String userId, LookupPerson person) {
    eventTime = Math.max(eventTime, person.feedTime);
    lately.remove(userId);
    lately.add(userId);
    if (lately.size() > RECENT) {
      removeFirst(lately);
    }
    showRecent();
  }

  private void showRecent() {
    List<String> newestFirst = new ArrayList<>(lately);
    Collections.reverse(newestFirst);
    recent = newestFirst;
  }

  private LookupPerson known(String userId) {
    LookupPerson person = people.get(userId);
    return person == null ? new LookupPerson() : person;
  }

  /** Keeps a person. Gives who had to go for that, or null. */
  @Nullable String keep(String userId, LookupPerson person) {
    order.remove(userId);
    order.add(userId);
    people.put(userId, person);
    String gone = null;
    if (order.size() > most) {
      gone = removeFirst(order);
      people.remove(gone);
      if (lately.remove(gone)) {
        showRecent();
      }
    }
    size = order.size();
    return gone;
  }

  private static String removeFirst(Iterable<String> names) {
    Iterator<String> first = names.iterator();
    String name = first.next();
    first.remove();
    return name;
  }

  /** Keeps an item's title, cut where it is very long. Gives it as it is kept. */
  String title(String itemId, String title) {
    String cut =
        title.codePointCount(0, title.length()) <= LONGEST_TITLE
            ? title
            : title.substring(0, title.offsetByCodePoints(0, LONGEST_TITLE)) + "…";
    String id = shared(itemId);
    items.put(itemId, new Shown(id, cut, isAvailable(itemId)));
    return cut;
  }

  /** An item is to be had, or is not. */
  void available(String itemId, boolean available) {
    String id = shared(itemId);
    items.put(itemId, new Shown(id, shown(itemId), available));
  }

  /** Whether an item is to be had, as far as is known. */
  boolean isAvailable(String itemId) {
    Shown there = items.get(itemId);
    return there == null || there.available();
  }

  /** Adds amounts to the totals. Gives the new ones, which are not changed any more. */
  double[] count(double[] amounts) {
    double[] next = totals.clone();
    for (int i = 0; i < Math.min(next.length, amounts.length); i++) {
      next[i] += amounts[i];
    }
    totals = next;
    return next;
  }

  /** The one object for all equal names of items. */
  String shared(String itemId) {
    Shown there = items.get(itemId);
    if (there == null) {
      // Its title comes later, or never.
      there = new Shown(itemId, itemId, true);
      items.put(itemId, there);
    }
    return there.id();
  }

  @Nullable LookupPerson person(String userId) {
    return people.get(userId);
  }

  /** An item's title, else its id. */
  String shown(String itemId) {
    Shown there = items.get(itemId);
    return there == null ? itemId : there.title();
  }

  /** People whose names begin so, in the order of their names. */
  List<String> find(String prefix, int limit) {
    List<String> found = new ArrayList<>();
    for (String name : people.tailMap(prefix).keySet()) {
      if (found.size() >= limit || !name.startsWith(prefix)) {
        break;
      }
      found.add(name);
    }
    return found;
  }

  /** The people whose feeds are the newest to have come, newest first. */
  List<String> recent(int limit) {
    List<String> now = recent;
    return now.subList(0, Math.min(limit, now.size()));
  }

  /** By the places of {@link LookupFigure}; not changed any more. */
  double[] totals() {
    return totals;
  }

  /** How many people are kept. */
  int size() {
    return size;
  }

  /** As of when the latest feed is; the earliest there is before the first. */
  long eventTime() {
    return eventTime;
  }
}
