package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what could be in a person's feed: what the person bought, and of what is new to the person
 * the best of each source. What may not be recommended is left out; it still says what belongs to
 * it.
 */
final class Candidates {
  private record Near(double nearness, String to) {}

  private record Ranked(String itemId, double first, double second) {
    static final Comparator<Ranked> BEST_FIRST =
        Comparator.comparingDouble(Ranked::first)
            .thenComparingDouble(Ranked::second)
            .reversed()
            .thenComparing(Ranked::itemId);
  }

  private static final Near NOT_NEAR = new Near(0, "");
  private static final Companions.Strength NO_COMPANION = new Companions.Strength();

  private final FeedWeights weights;
  private final Companions companions;
  private final Decay history;

  Candidates(RecommendSettings settings) {
    weights = settings.weights();
    companions = new Companions(settings);
    history = Decay.of(settings.historyHalfLife());
  }

  /**
   * For a feed, as of the moment that the catalogue has been advanced to.
   *
   * @return a slate without an outcome
   */
  Slate of(String userId, PersonState person, Catalogue catalogue, long moment) {
    List<String> recent = person.recent(Math.max(weights.recentItems(), weights.nearTo()));
    Map<String, Companions.Strength> together =
        weights.uses(Source.COMPANIONS)
            ? companions.of(first(recent, weights.recentItems()), person, catalogue, moment)
            : Map.of();
    Map<String, Near> near =
        weights.uses(Source.CONTENT)
            ? near(first(recent, weights.nearTo()), person, catalogue)
            : Map.of();
    List<String> bought =
        weights.uses(Source.HISTORY)
            ? person.purchases.keySet().stream().filter(catalogue::offers).sorted().toList()
            : List.of();
    List<String> others =
        others(person, together, near, catalogue, moment).stream().sorted().toList();
    Map<String, Short> lately = new HashMap<>();
    recent.forEach(itemId -> lately.put(itemId, (short) lately.size()));

    Slate slate = new Slate();
    slate.userId = userId;
    slate.time = moment;
    slate.baskets = person.baskets;
    slate.bought = bought.size();
    slate.cold = new boolean[others.size()];
    slate.lately = recent.toArray(String[]::new);
    slate.companionOf = new short[others.size()];
    slate.nearTo = new short[others.size()];
    Facts facts = new Facts(bought.size(), others.size());
    for (String itemId : bought) {
      addBought(facts, itemId, person, catalogue, together, moment);
    }
    for (int i = 0; i < others.size(); i++) {
      String itemId = others.get(i);
      ItemState item = catalogue.item(itemId);
      Companions.Strength companion = together.getOrDefault(itemId, NO_COMPANION);
      Near nearest = near.getOrDefault(itemId, NOT_NEAR);
      slate.cold[i] = item != null && catalogue.isCold(item, moment);
      slate.companionOf[i] = lately.getOrDefault(companion.becauseOf(), Slate.NONE);
      slate.nearTo[i] = lately.getOrDefault(nearest.to(), Slate.NONE);
      facts.addUnknown(
          trend(item, catalogue, moment),
          item == null ? 0 : item.baskets,
          companion.strength,
          nearest.nearness());
    }
    List<String> items = new ArrayList<>(bought);
    items.addAll(others);
    slate.items = items.toArray(String[]::new);
    slate.facts = facts.all();
    slate.alike = catalogue.alike(items);
    return slate;
  }

  private void addBought(
      Facts facts,
      String itemId,
      PersonState person,
      Catalogue catalogue,
      Map<String, Companions.Strength> together,
      long moment) {
    Purchase purchase = person.purchases.getOrDefault(itemId, new Purchase());
    ItemState item = catalogue.item(itemId);
    facts.addBought(
        purchase,
        person,
        moment,
        purchase.weight * history.after(moment - purchase.last),
        trend(item, catalogue, moment),
        item == null ? 0 : item.baskets,
        together.getOrDefault(itemId, NO_COMPANION).strength);
  }

  private Set<String> others(
      PersonState person,
      Map<String, Companions.Strength> together,
      Map<String, Near> near,
      Catalogue catalogue,
      long moment) {
    Set<String> known = person.purchases.keySet();
    Best<Ranked> companionsBest = best();
    together.forEach(
        (itemId, strength) -> {
          if (!known.contains(itemId) && catalogue.offers(itemId)) {
            companionsBest.offer(new Ranked(itemId, strength.strength, 0));
          }
        });
    Best<Ranked> nearBest = best();
    near.forEach((itemId, nearest) -> nearBest.offer(new Ranked(itemId, nearest.nearness(), 0)));
    Best<Ranked> coldBest = best();
    for (ItemState item : catalogue.cold(moment)) {
      boolean sought = weights.uses(Source.TREND) || together.containsKey(item.itemId);
      if (sought && item.baskets > 0 && !item.refused && !known.contains(item.itemId)) {
        coldBest.offer(
            new Ranked(
                item.itemId,
                together.getOrDefault(item.itemId, NO_COMPANION).strength,
                trend(item, catalogue, moment)));
      }
    }
    Set<String> others = new HashSet<>();
    for (Best<Ranked> source : List.of(companionsBest, nearBest, coldBest)) {
      source.list().forEach(ranked -> others.add(ranked.itemId()));
    }
    if (weights.uses(Source.TREND)) {
      catalogue
          .popularity()
          .trending(weights.candidates(), known)
          .forEach(item -> others.add(item.itemId));
    }
    return others;
  }

  private Best<Ranked> best() {
    return new Best<>(weights.candidates(), Ranked.BEST_FIRST);
  }

  private double trend(@Nullable ItemState item, Catalogue catalogue, long moment) {
    return item == null || !weights.uses(Source.TREND)
        ? 0
        : catalogue.popularity().trend(item, moment);
  }

  private static List<String> first(List<String> items, int count) {
    return items.subList(0, Math.min(count, items.size()));
  }

  /** Items near to what the person bought lately that the person has not bought. */
  private Map<String, Near> near(List<String> recent, PersonState person, Catalogue catalogue) {
    Map<String, Near> near = new HashMap<>();
    for (String bought : recent) {
      for (ItemNeighbours.Neighbour neighbour : catalogue.neighbours().of(bought)) {
        if (!person.purchases.containsKey(neighbour.itemId())
            && catalogue.offers(neighbour.itemId())) {
          double nearness = (neighbour.cosine() - weights.minCosine()) / (1 - weights.minCosine());
          near.merge(
              neighbour.itemId(),
              new Near(nearness, bought),
              (a, b) -> a.nearness() >= b.nearness() ? a : b);
        }
      }
    }
    return near;
  }
}
