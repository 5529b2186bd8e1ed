package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.RecommendedItem;
import java.util.HashSet;
import java.util.Set;

/** Holds a basket against the feed from before it. */
final class FeedJudge {
  private final FeedBlend blend;
  private final int topK;

  FeedJudge(FeedBlend blend, int topK) {
    this.blend = blend;
    this.topK = topK;
  }

  /**
   * What the feed was worth. Takes in neither the basket nor anything else.
   *
   * @param person as before the basket
   * @param catalogue as of the basket's time
   */
  BasketOutcome judge(Basket basket, PersonState person, Catalogue catalogue) {
    BasketOutcome outcome = new BasketOutcome(basket, person.baskets == 0);
    if (person.baskets == 0 || basket.part || basket.late) {
      return outcome;
    }
    outcome.evaluated = true;
    Set<String> items = Set.of(basket.items);
    Set<String> unknown = new HashSet<>(items);
    unknown.removeAll(person.purchases.keySet());
    outcome.newItems = unknown.size();
    FeedBlend.Ranking ranking = blend.rank(person, catalogue, basket.time);
    Set<String> listed = new HashSet<>();
    for (RecommendedItem item : ranking.feed()) {
      listed.add(item.getItemId());
      outcome.places.merge(item.getReason(), 1, Integer::sum);
      if (items.contains(item.getItemId())) {
        outcome.found.merge(item.getReason(), 1, Integer::sum);
      }
    }
    outcome.recall = recall(items, listed);
    outcome.hit = outcome.recall > 0;
    outcome.newRecall = recall(unknown, listed);
    outcome.discoveryRecall = recall(unknown, Set.copyOf(ranking.discoveries()));
    outcome.popularityRecall = recall(items, catalogue.popularity().top(topK));
    outcome.popularityHit = outcome.popularityRecall > 0;
    return outcome;
  }

  private double recall(Set<String> wanted, Set<String> listed) {
    if (wanted.isEmpty()) {
      return 0;
    }
    long found = wanted.stream().filter(listed::contains).count();
    return (double) found / Math.min(topK, wanted.size());
  }
}
