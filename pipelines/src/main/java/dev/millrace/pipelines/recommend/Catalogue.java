package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of all items, as of a moment of event time. What is later waits until the moment
 * reaches it. Each subtask has one, from the same events, so that it holds the same at the same
 * moment on all of them.
 *
 * <p>What an item's lists are at the moment is here; where they lie is shared by all subtasks of
 * the process, as {@link SharedLists} has it, and so are names and titles.
 *
 * <p>Its owner closes it. Used by one thread.
 */
final class Catalogue implements AutoCloseable {
  private static final int FEW = 1 << 10;

  private static final Comparator<ItemState> OLDEST_FIRST =
      Comparator.<ItemState>comparingLong(item -> item.firstSeen)
          .thenComparing(item -> item.itemId);

  private final SharedLists lists;
  private final ItemNames names;
  private final SharedRecords records;
  private final StoredCompanions companions;

  /** By number; null where this has not heard of an item that others of the process know. */
  private @Nullable KnownItem[] known = new @Nullable KnownItem[FEW];

  private final TreeMap<Long, List<CatalogueEvent>> waiting = new TreeMap<>();

  /** By when they were first heard of; those that are cold and some that are no longer. */
  private final NavigableSet<ItemState> newest = new TreeSet<>(OLDEST_FIRST);

  private final ShopRules rules;
  private final boolean offersUnknown;
  private final long coldMillis;
  private final Popularity popularity;
  private final NearLists near;
  private final AlikeItems alike = new AlikeItems();

  /** When anything was first heard of. */
  private long begun = Long.MAX_VALUE;

  private long latestBasket = Long.MIN_VALUE;

  /** By checkpoint: the lists that it is still being written from. */
  private final Map<Long, int[]> beingWritten = new HashMap<>();

  /**
   * @param lists they stay the caller's, who closes them after this
   */
  Catalogue(RecommendSettings settings, SharedLists lists) {
    this.lists = lists;
    names = lists.names();
    records = lists.records();
    companions = new StoredCompanions(records);
    rules = settings.rules();
    offersUnknown = rules.passes(Map.of());
    coldMillis = settings.weights().coldFor().toMillis();
    popularity = new Popularity(Decay.of(settings.trendHalfLife()));
    near = new NearLists(settings.weights().neighbours(), records);
  }

  /** Takes in an event for when its moment has come. */
  void add(CatalogueEvent event) {
    if (event.bought.length > 0) {
      latestBasket = Math.max(latestBasket, event.time);
    }
    waiting.computeIfAbsent(event.time, time -> new ArrayList<>()).add(event);
  }

  /**
   * Takes in an item as it was when a checkpoint was taken.
   *
   * @param item which has its lists itself, or references to them that are this catalogue's then
   */
  void restore(ItemState item) {
    KnownItem its = known(item.itemId);
    its.state = item;
    item.share(lists);
    newest.add(item);
    begun = Math.min(begun, item.firstSeen);
    latestBasket = Math.max(latestBasket, item.baskets > 0 ? item.trendTime : Long.MIN_VALUE);
    item.decide(rules);
    popularity.restore(item);
    if (item.number != NearItems.NONE) {
      near.number(item.number, its);
      alike.restore(item.number, item.alike);
    }
  }

  /** Applies everything before a moment. */
  void advance(long moment) {
    while (!waiting.isEmpty() && waiting.firstKey() < moment) {
      List<CatalogueEvent> events = waiting.pollFirstEntry().getValue();
      events.sort(CatalogueEvent.ORDER);
      for (CatalogueEvent event : events) {
        apply(event);
      }
    }
  }

  private void apply(CatalogueEvent event) {
    for (String itemId : event.bought) {
      popularity.add(state(itemId, event.time), event.time);
    }
    CompanionList told = event.companions;
    if (told != null) {
      apply(told, state(told.itemId, event.time));
    }
    NearItems change = event.near;
    if (change != null) {
      apply(change, event.time);
    }
    ItemOffer offer = event.offer;
    if (offer != null) {
      ItemState item = state(offer.itemId, event.time);
      item.offer(offer);
      item.decide(rules);
      popularity.decided(item);
    }
  }

  private void apply(CompanionList told, ItemState item) {
    int before = item.companionsRecord;
    item.companionsRecord = StoredCompanions.store(told, names, records);
    records.release(before);
  }

  private void apply(NearItems change, long time) {
    ItemState item = state(change.itemId, time);
    if (change.title != null) {
      item.title = names.of(item.itemId).shared(change.title);
    }
    if (change.number != NearItems.NONE) {
      item.number = change.number;
      near.number(change.number, known(change.itemId));
      near.apply(change, item);
      if (change.afresh) {
        alike.unlink(change.number);
      }
      for (int other : change.alike) {
        alike.link(change.number, other);
      }
    }
  }

  private ItemState state(String itemId, long time) {
    KnownItem its = known(itemId);
    ItemState item = its.state;
    if (item == null) {
      item = new ItemState(names.numbered(its.number), time, lists);
      item.decide(rules);
      its.state = item;
      newest.add(item);
      begun = Math.min(begun, time);
    }
    return item;
  }

  /**
   * Whether an item is new in the shop. In the beginning nothing is: it is not known then what is
   * new.
   */
  boolean isCold(ItemState item, long moment) {
    return item.firstSeen - begun >= coldMillis && moment - item.firstSeen < coldMillis;
  }

  /** The items that are new in the shop. */
  Collection<ItemState> cold(long moment) {
    while (!newest.isEmpty() && !isCold(newest.first(), moment)) {
      newest.pollFirst();
    }
    return newest;
  }

  @Nullable ItemState item(String itemId) {
    ItemName name = names.find(itemId);
    KnownItem its = name == null || name.number >= known.length ? null : known[name.number];
    return its == null ? null : its.state;
  }

  /** An item, which is known from now on. */
  KnownItem known(String itemId) {
    return known(names.of(itemId));
  }

  /** The item with a number of {@link ItemNames}. */
  KnownItem known(int number) {
    KnownItem item = number < known.length ? known[number] : null;
    return item == null ? known(names.numbered(number)) : item;
  }

  private KnownItem known(ItemName name) {
    int number = name.number;
    if (number >= known.length) {
      known = Arrays.copyOf(known, Math.max(number + 1, known.length + known.length / 2));
    }
    KnownItem item = known[number];
    if (item == null) {
      item = new KnownItem(name);
      known[number] = item;
    }
    return item;
  }

  /** The item with a number of {@link NearItems}. */
  KnownItem numbered(int number) {
    return near.item(number);
  }

  /** What is near to an item; to be read before this is asked for the next one. */
  StoredNear near(ItemState item) {
    return near.of(item);
  }

  /**
   * What an item is bought together with, null where that was never told; to be read before this is
   * asked for the next one.
   */
  @Nullable StoredCompanions companions(ItemState item) {
    return item.companionsRecord == SharedRecords.NONE
        ? null
        : companions.at(item.companionsRecord);
  }

  /** Whether an item may be recommended. */
  boolean offers(KnownItem item) {
    return item.state == null ? offersUnknown : !item.state.refused;
  }

  /** Of the latest basket that was heard of, also one that waits; the earliest time without any. */
  long latestBasket() {
    return latestBasket;
  }

  /** Which of some items are alike, as {@link Slate#alike} has it. */
  int @Nullable [] alike(List<String> some) {
    return rules.boundsAlike() ? alike.pairs(some.stream().mapToInt(this::number).toArray()) : null;
  }

  private int number(String itemId) {
    ItemState item = item(itemId);
    return item == null ? NearItems.NONE : item.number;
  }

  /** What people see of an item: its title, else its id. */
  String shown(String itemId) {
    ItemState item = item(itemId);
    return item == null ? itemId : item.shown();
  }

  Popularity popularity() {
    return popularity;
  }

  /**
   * All items, for a checkpoint, which may be written while time goes on here: their lists stay
   * where they are until it {@link #isDone}. One before it may be written longer, where it is a
   * savepoint.
   */
  List<ItemState> items(long checkpoint) {
    List<ItemState> items = items();
    if (rules.boundsAlike()) {
      for (ItemState item : items) {
        item.alike = item.number == NearItems.NONE ? item.alike : alike.of(item.number);
      }
    }
    int[] held = references(items);
    records.retain(held);
    int[] before = beingWritten.put(checkpoint, held);
    if (before != null) {
      records.release(before);
    }
    return items;
  }

  private List<ItemState> items() {
    List<ItemState> items = new ArrayList<>();
    for (KnownItem item : known) {
      if (item != null && item.state != null) {
        items.add(item.state);
      }
    }
    return items;
  }

  private static int[] references(List<ItemState> items) {
    int[] references = new int[2 * items.size()];
    for (int i = 0; i < items.size(); i++) {
      references[2 * i] = items.get(i).nearRecord;
      references[2 * i + 1] = items.get(i).companionsRecord;
    }
    return references;
  }

  /** Nobody writes a checkpoint any more: it is complete, or was given up. */
  void isDone(long checkpoint) {
    int[] held = beingWritten.remove(checkpoint);
    if (held != null) {
      records.release(held);
    }
  }

  Collection<List<CatalogueEvent>> waiting() {
    return waiting.values();
  }

  /** Releases all lists. Idempotent. */
  @Override
  public void close() {
    beingWritten.values().forEach(records::release);
    beingWritten.clear();
    records.release(references(items()));
    Arrays.fill(known, null);
  }
}
