package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of all items, as of a moment of event time. What is later waits until the moment
 * reaches it. Each subtask has one, from the same events, so that it holds the same at the same
 * moment on all of them.
 */
final class Catalogue {
  private final Map<String, ItemState> items = new HashMap<>();
  private final TreeMap<Long, List<CatalogueEvent>> waiting = new TreeMap<>();
  private final Popularity popularity;
  private final ItemNeighbours neighbours;

  Catalogue(RecommendSettings settings) {
    popularity = new Popularity(Decay.of(settings.trendHalfLife()));
    neighbours =
        new ItemNeighbours(settings.weights().neighbours(), settings.weights().minCosine());
  }

  /** Takes in an event for when its moment has come. */
  void add(CatalogueEvent event) {
    waiting.computeIfAbsent(event.time, time -> new ArrayList<>()).add(event);
  }

  /** Takes in an item as it was when a checkpoint was taken. */
  void restore(ItemState item) {
    items.put(item.itemId, item);
    popularity.restore(item);
    neighbours.put(item.itemId, item.vector);
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
      popularity.add(state(itemId), event.time);
    }
    CompanionList companions = event.companions;
    if (companions != null) {
      state(companions.itemId).companions = companions;
    }
    EmbeddedItem embedded = event.item;
    if (embedded != null) {
      ItemState item = state(embedded.itemId);
      item.title = embedded.title;
      item.vector = embedded.vector;
      neighbours.put(item.itemId, item.vector);
    }
  }

  private ItemState state(String itemId) {
    return items.computeIfAbsent(itemId, id -> new ItemState(id));
  }

  @Nullable ItemState item(String itemId) {
    return items.get(itemId);
  }

  /** What people see of an item: its title, else its id. */
  String shown(String itemId) {
    ItemState item = items.get(itemId);
    return item == null ? itemId : item.shown();
  }

  Popularity popularity() {
    return popularity;
  }

  ItemNeighbours neighbours() {
    return neighbours;
  }

  Map<String, ItemState> items() {
    return items;
  }

  Collection<List<CatalogueEvent>> waiting() {
    return waiting.values();
  }
}
