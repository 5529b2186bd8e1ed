package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds what could be in a person's feed: what the person bought, and of what is new to the person
 * the best of each source. What may not be recommended is left out; it still says what belongs to
 * it.
 */
final class Candidates {
  private static final Comparator<KnownItem> BY_ID = Comparator.comparing(item -> item.id);

  private final FeedWeights weights;
  private final boolean usesTrend;
  private final Companions companions;
  private final Decay history;
  private final ItemScores strengths = new ItemScores();
  private final ItemScores nearness = new ItemScores();
  private final ItemSet purchased = new ItemSet();
  private final ItemSet chosen = new ItemSet();
  private final BestItems companionsBest;
  private final BestItems nearBest;
  private final BestItems coldBest;

  Candidates(RecommendSettings settings) {
    weights = settings.weights();
    usesTrend = weights.uses(Source.TREND);
    companions = new Companions(settings);
    history = Decay.of(settings.historyHalfLife());
    companionsBest = new BestItems(weights.candidates());
    nearBest = new BestItems(weights.candidates());
    coldBest = new BestItems(weights.candidates());
  }

  /**
   * For a feed, as of the moment that the catalogue has been advanced to.
   *
   * @return a slate without an outcome
   */
  Slate of(String userId, PersonState person, Catalogue catalogue, long moment) {
    List<String> recent = person.recent(Math.max(weights.recentItems(), weights.nearTo()));
    purchased.begin();
    person.purchases.keySet().forEach(itemId -> purchased.include(catalogue.known(itemId)));
    strengths.begin();
    if (weights.uses(Source.COMPANIONS)) {
      companions.of(first(recent, weights.recentItems()), person, catalogue, moment, strengths);
    }
    nearness.begin();
    if (weights.uses(Source.CONTENT)) {
      findNear(first(recent, weights.nearTo()), catalogue);
    }
    List<KnownItem> bought = new ArrayList<>();
    if (weights.uses(Source.HISTORY)) {
      purchased.addTo(bought);
      bought.removeIf(item -> !catalogue.offers(item));
      bought.sort(BY_ID);
    }
    List<KnownItem> others = others(person, catalogue, moment);
    others.sort(BY_ID);

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
    for (KnownItem item : bought) {
      addBought(facts, item, person, catalogue, moment);
    }
    for (int i = 0; i < others.size(); i++) {
      KnownItem item = others.get(i);
      slate.cold[i] = item.state != null && catalogue.isCold(item.state, moment);
      slate.companionOf[i] = strengths.dueTo(item);
      slate.nearTo[i] = nearness.dueTo(item);
      facts.addUnknown(
          trend(item.state, catalogue, moment),
          item.state == null ? 0 : item.state.baskets,
          strengths.of(item),
          nearness.of(item),
          item.state == null ? 0 : moment - item.state.firstSeen);
    }
    List<String> items =
        Stream.concat(bought.stream(), others.stream()).map(item -> item.id).toList();
    slate.items = items.toArray(String[]::new);
    slate.facts = facts.all();
    slate.alike = catalogue.alike(items);
    return slate;
  }

  private void addBought(
      Facts facts, KnownItem item, PersonState person, Catalogue catalogue, long moment) {
    Purchase purchase = person.purchases.getOrDefault(item.id, new Purchase());
    facts.addBought(
        purchase,
        person,
        moment,
        purchase.weight * history.after(moment - purchase.last),
        trend(item.state, catalogue, moment),
        item.state == null ? 0 : item.state.baskets,
        strengths.of(item));
  }

  private List<KnownItem> others(PersonState person, Catalogue catalogue, long moment) {
    companionsBest.clear();
    for (int i = 0; i < strengths.size(); i++) {
      KnownItem item = strengths.item(i);
      if (catalogue.offers(item) && !purchased.has(item)) {
        companionsBest.offer(item, strengths.of(item), 0);
      }
    }
    nearBest.clear();
    for (int i = 0; i < nearness.size(); i++) {
      nearBest.offer(nearness.item(i), nearness.of(nearness.item(i)), 0);
    }
    coldBest.clear();
    for (ItemState state : catalogue.cold(moment)) {
      KnownItem item = catalogue.known(state.itemId);
      boolean sought = usesTrend || strengths.has(item);
      if (sought && state.baskets > 0 && !state.refused && !purchased.has(item)) {
        coldBest.offer(item, strengths.of(item), trend(state, catalogue, moment));
      }
    }
    chosen.begin();
    companionsBest.forEach(chosen::include);
    nearBest.forEach(chosen::include);
    coldBest.forEach(chosen::include);
    if (usesTrend) {
      catalogue
          .popularity()
          .trending(weights.candidates(), person.purchases.keySet())
          .forEach(item -> chosen.include(catalogue.known(item.itemId)));
    }
    List<KnownItem> others = new ArrayList<>();
    chosen.addTo(others);
    return others;
  }

  private double trend(@Nullable ItemState item, Catalogue catalogue, long moment) {
    return item == null || !usesTrend ? 0 : catalogue.popularity().trend(item, moment);
  }

  private static List<String> first(List<String> items, int count) {
    return items.subList(0, Math.min(count, items.size()));
  }

  /** Items near to what the person bought lately that the person has not bought. */
  private void findNear(List<String> recent, Catalogue catalogue) {
    for (short i = 0; i < recent.size(); i++) {
      ItemState bought = catalogue.item(recent.get(i));
      if (bought != null) {
        raiseNear(bought, i, catalogue);
      }
    }
  }

  private void raiseNear(ItemState bought, short dueTo, Catalogue catalogue) {
    StoredNear near = catalogue.near(bought);
    for (int n = 0; n < near.size(); n++) {
      KnownItem item = catalogue.numbered(near.item(n));
      if (catalogue.offers(item) && !purchased.has(item)) {
        nearness.raise(
            item, (near.cosine(n) - weights.minCosine()) / (1 - weights.minCosine()), dueTo);
      }
    }
  }
}
