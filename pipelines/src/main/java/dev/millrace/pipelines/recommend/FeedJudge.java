package dev.millrace.pipelines.recommend;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds a basket against the feed from before it. */
final class FeedJudge {
  private final Candidates candidates;
  private final int topK;
  private final @Nullable RankingReader forModel;

  /**
   * @param forModel what a ranking model will be asked; null for none
   */
  FeedJudge(Candidates candidates, int topK, @Nullable RankingReader forModel) {
    this.candidates = candidates;
    this.topK = topK;
    this.forModel = forModel;
  }

  static boolean isJudged(Basket basket, PersonState person) {
    return person.baskets > 0 && !basket.part && !basket.late;
  }

  /**
   * The candidates from before a basket that {@link #isJudged}. Takes in neither the basket nor
   * anything else.
   *
   * @param person as before the basket
   * @param catalogue as of the basket's time
   */
  Slate slate(Basket basket, PersonState person, Catalogue catalogue) {
    Set<String> items = Set.of(basket.items);
    BasketOutcome outcome = new BasketOutcome(basket, false);
    outcome.evaluated = true;
    outcome.newItems =
        (int) items.stream().filter(item -> !person.purchases.containsKey(item)).count();
    Set<String> popular = new HashSet<>(catalogue.popularity().top(topK));
    popular.retainAll(items);
    outcome.popularityRecall = recall(popular.size(), outcome.items);
    outcome.popularityHit = !popular.isEmpty();
    Slate slate = candidates.of(basket.userId, person, catalogue, basket.time);
    slate.outcome = outcome;
    slate.inBasket = new boolean[slate.items.length];
    for (int i = 0; i < slate.items.length; i++) {
      slate.inBasket[i] = items.contains(slate.items[i]);
    }
    if (forModel != null) {
      forModel.read(slate, person, catalogue);
    }
    // To judge and to learn from, it does not take the names.
    slate.items = new String[0];
    slate.lately = new String[0];
    slate.companionOf = new short[0];
    slate.nearTo = new short[0];
    return slate;
  }

  /** What the feed was worth: adds that to the outcome of a slate. */
  static void judge(Slate slate, BasketOutcome outcome, Ranking ranking, int topK) {
    int found = 0;
    int foundNew = 0;
    outcome.alikeKnown = slate.alike != null;
    AlikeBound alike = new AlikeBound(slate, 0);
    for (Ranking.Place place : ranking.feed()) {
      boolean inBasket = slate.inBasket[place.item()];
      outcome.places.merge(place.reason(), 1, Integer::sum);
      outcome.alikePlaces += alike.place(place.item()) ? 1 : 0;
      outcome.coldPlaces += slate.isCold(place.item()) ? 1 : 0;
      if (inBasket) {
        found++;
        foundNew += slate.isBought(place.item()) ? 0 : 1;
        outcome.found.merge(place.reason(), 1, Integer::sum);
        outcome.coldFound += slate.isCold(place.item()) ? 1 : 0;
      }
    }
    List<Ranking.Place> discoveries = ranking.discoveries();
    int discovered =
        (int) discoveries.stream().filter(place -> slate.inBasket[place.item()]).count();
    outcome.hit = found > 0;
    outcome.recall = recall(found, outcome.items, topK);
    outcome.newRecall = recall(foundNew, outcome.newItems, topK);
    outcome.discoveryRecall = recall(discovered, outcome.newItems, topK);
  }

  /** What the feed would have been worth by the blend alone: adds that, too. */
  static void judgeBlend(Slate slate, BasketOutcome outcome, Ranking ranking, int topK) {
    int found = (int) ranking.feed().stream().filter(place -> slate.inBasket[place.item()]).count();
    outcome.modelAsked = true;
    outcome.blendHit = found > 0;
    outcome.blendRecall = recall(found, outcome.items, topK);
  }

  private double recall(int found, int wanted) {
    return recall(found, wanted, topK);
  }

  private static double recall(int found, int wanted, int topK) {
    return wanted == 0 ? 0 : (double) found / Math.min(topK, wanted);
  }
}
