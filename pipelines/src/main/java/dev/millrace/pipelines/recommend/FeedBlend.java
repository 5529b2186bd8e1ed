package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.RecommendedItem;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blends a person's history, what is bought with it, what is near to it, and what is popular to one
 * list. {@link FeedWeights} has the formula.
 */
final class FeedBlend {
  /**
   * What came of it.
   *
   * @param feed best first, no item twice
   * @param discoveries the best items that are new to the person, as many as a feed has places
   */
  record Ranking(List<RecommendedItem> feed, List<String> discoveries) {}

  private record Candidate(String itemId, double score, Reason reason, @Nullable String becauseOf) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble(Candidate::score).reversed().thenComparing(Candidate::itemId);
  }

  private record Near(double nearness, String to) {}

  /** A source is the reason for an item if without it the score would be less than half. */
  private static final double REASON = Math.log(2);

  private static final Near NOT_NEAR = new Near(0, "");
  private static final Companions.Strength NO_COMPANION = new Companions.Strength();

  private final int topK;
  private final FeedWeights weights;
  private final FeedScore score;
  private final Companions companions;
  private final Decay history;

  FeedBlend(RecommendSettings settings) {
    topK = settings.topK();
    weights = settings.weights();
    score = new FeedScore(weights);
    companions = new Companions(settings);
    history = Decay.of(settings.historyHalfLife());
  }

  /** The feed of a person as of the moment that the catalogue has been advanced to. */
  Ranking rank(PersonState person, Catalogue catalogue, long moment) {
    List<String> recent = person.recent(Math.max(weights.recentItems(), weights.nearTo()));
    Map<String, Companions.Strength> together =
        companions.of(first(recent, weights.recentItems()), person, catalogue, moment);
    Map<String, Near> near = near(first(recent, weights.nearTo()), person, catalogue);
    Best<Candidate> known = new Best<>(topK, Candidate.BEST_FIRST);
    person.purchases.forEach(
        (itemId, purchase) -> {
          ItemState item = catalogue.item(itemId);
          double value =
              score.ofBought(
                  purchase,
                  person,
                  moment,
                  purchase.weight * history.after(moment - purchase.last),
                  item == null ? 0 : catalogue.popularity().trend(item, moment),
                  item == null ? 0 : item.baskets,
                  together.getOrDefault(itemId, NO_COMPANION).strength);
          known.offer(new Candidate(itemId, value, Reason.BUY_AGAIN, null));
        });
    Set<String> unknown = new HashSet<>(together.keySet());
    unknown.addAll(near.keySet());
    unknown.removeAll(person.purchases.keySet());
    Set<String> taken = new HashSet<>(person.purchases.keySet());
    taken.addAll(unknown);
    for (ItemState item : catalogue.popularity().trending(weights.trending(), taken)) {
      unknown.add(item.itemId);
    }
    Best<Candidate> discoveries = new Best<>(topK, Candidate.BEST_FIRST);
    for (String itemId : unknown) {
      discoveries.offer(
          unknown(
              itemId,
              together.getOrDefault(itemId, NO_COMPANION),
              near.getOrDefault(itemId, NOT_NEAR),
              catalogue,
              moment));
    }
    List<Candidate> discovered = discoveries.list();
    return new Ranking(
        choose(known.list(), discovered).stream().map(FeedBlend::recommended).toList(),
        discovered.stream().map(Candidate::itemId).toList());
  }

  private static List<String> first(List<String> items, int count) {
    return items.subList(0, Math.min(count, items.size()));
  }

  private Candidate unknown(
      String itemId, Companions.Strength together, Near near, Catalogue catalogue, long moment) {
    ItemState item = catalogue.item(itemId);
    double value =
        score.ofUnknown(
            item == null ? 0 : catalogue.popularity().trend(item, moment),
            item == null ? 0 : item.baskets,
            together.strength,
            near.nearness());
    double byCompanions = score.companionPart(together.strength) - score.companionPart(0);
    double byContent = score.contentPart(near.nearness()) - score.contentPart(0);
    if (Math.max(byCompanions, byContent) < REASON) {
      return new Candidate(itemId, value, Reason.POPULAR, null);
    }
    return byCompanions >= byContent
        ? new Candidate(itemId, value, Reason.BOUGHT_TOGETHER, together.becauseOf())
        : new Candidate(itemId, value, Reason.SIMILAR, near.to());
  }

  /** Items near to what the person bought lately that the person has not bought. */
  private Map<String, Near> near(List<String> recent, PersonState person, Catalogue catalogue) {
    Map<String, Near> near = new HashMap<>();
    for (String bought : recent) {
      for (ItemNeighbours.Neighbour neighbour : catalogue.neighbours().of(bought)) {
        if (!person.purchases.containsKey(neighbour.itemId())) {
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

  /**
   * The best, but with as many items that are new to the person as asked for, where there are so
   * many.
   */
  private List<Candidate> choose(List<Candidate> known, List<Candidate> unknown) {
    int discover = Math.min(weights.discoverOf(topK), unknown.size());
    Best<Candidate> chosen = new Best<>(topK, Candidate.BEST_FIRST);
    unknown.forEach(chosen::offer);
    known.stream().limit(topK - discover).forEach(chosen::offer);
    return chosen.list();
  }

  private static RecommendedItem recommended(Candidate candidate) {
    return new RecommendedItem(
        candidate.itemId(), (float) candidate.score(), candidate.reason(), candidate.becauseOf());
  }
}
