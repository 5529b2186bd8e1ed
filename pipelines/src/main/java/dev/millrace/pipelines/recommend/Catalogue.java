package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
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
 */
final class Catalogue {
  private static final Comparator<ItemState> OLDEST_FIRST =
      Comparator.<ItemState>comparingLong(item -> item.firstSeen)
          .thenComparing(item -> item.itemId);

  private final Map<String, ItemState> items = new HashMap<>();
  private final Map<String, KnownItem> known = new HashMap<>();
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

  Catalogue(RecommendSettings settings) {
    rules = settings.rules();
    offersUnknown = rules.passes(Map.of());
    coldMillis = settings.weights().coldFor().toMillis();
    popularity = new Popularity(Decay.of(settings.trendHalfLife()));
    near = new NearLists(settings.weights().neighbours());
  }

  /** Takes in an event for when its moment has come. */
  void add(CatalogueEvent event) {
    if (event.bought.length > 0) {
      latestBasket = Math.max(latestBasket, event.time);
    }
    waiting.computeIfAbsent(event.time, time -> new ArrayList<>()).add(event);
  }

  /** Takes in an item as it was when a checkpoint was taken. */
  void restore(ItemState item) {
    items.put(item.itemId, item);
    known(item.itemId).state = item;
    newest.add(item);
    begun = Math.min(begun, item.firstSeen);
    latestBasket = Math.max(latestBasket, item.baskets > 0 ? item.trendTime : Long.MIN_VALUE);
    item.decide(rules);
    popularity.restore(item);
    if (item.number != NearItems.NONE) {
      near.number(item.number, known(item.itemId));
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
    CompanionList companions = event.companions;
    if (companions != null) {
      state(companions.itemId, event.time).companions = companions;
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

  private void apply(NearItems change, long time) {
    ItemState item = state(change.itemId, time);
    if (change.title != null) {
      item.title = change.title;
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
    ItemState item = items.get(itemId);
    if (item == null) {
      item = new ItemState(itemId, time);
      item.decide(rules);
      items.put(itemId, item);
      known(itemId).state = item;
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
    return items.get(itemId);
  }

  /** An item with its number, which it gets if it is not known yet. */
  KnownItem known(String itemId) {
    KnownItem item = known.get(itemId);
    if (item == null) {
      item = new KnownItem(itemId, known.size());
      known.put(itemId, item);
    }
    return item;
  }

  /** The item with a number of {@link NearItems}. */
  KnownItem numbered(int number) {
    return near.item(number);
  }

  /** The others of a list that is in this catalogue. */
  KnownItem[] companions(CompanionList list) {
    KnownItem[] others = list.known;
    if (others == null) {
      others = new KnownItem[list.others.length];
      for (int i = 0; i < others.length; i++) {
        others[i] = known(list.others[i]);
        // The list came with names of its own.
        list.others[i] = others[i].id;
      }
      list.known = others;
    }
    return others;
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
    ItemState item = items.get(itemId);
    return item == null ? NearItems.NONE : item.number;
  }

  /** What people see of an item: its title, else its id. */
  String shown(String itemId) {
    ItemState item = items.get(itemId);
    return item == null ? itemId : item.shown();
  }

  Popularity popularity() {
    return popularity;
  }

  /** All items, as a checkpoint has them. */
  Map<String, ItemState> items() {
    if (rules.boundsAlike()) {
      for (ItemState item : items.values()) {
        item.alike = item.number == NearItems.NONE ? item.alike : alike.of(item.number);
      }
    }
    return items;
  }

  Collection<List<CatalogueEvent>> waiting() {
    return waiting.values();
  }
}
