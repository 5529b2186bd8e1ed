package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.RecommendedItem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blends a person's history, what is near to it, and what is popular to one list. {@link
 * FeedWeights} has the formula.
 */
final class FeedBlend {
  private record Candidate(String itemId, double score, Reason reason, @Nullable String becauseOf) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble(Candidate::score).reversed().thenComparing(Candidate::itemId);

    boolean known() {
      return reason == Reason.BUY_AGAIN;
    }
  }

  private record Near(double nearness, String to) {}

  private final int topK;
  private final FeedWeights weights;
  private final Decay history;

  FeedBlend(RecommendSettings settings) {
    topK = settings.topK();
    weights = settings.weights();
    history = Decay.of(settings.historyHalfLife());
  }

  /**
   * The feed of a person as of the moment that the catalogue has been advanced to: best first, no
   * item twice.
   */
  List<RecommendedItem> rank(PersonState person, Catalogue catalogue, long moment) {
    List<Candidate> candidates = new ArrayList<>();
    person.purchases.forEach(
        (itemId, purchase) -> {
          double affinity =
              purchase.weight * history.after(moment - purchase.last) + weights.popularity();
          candidates.add(candidate(itemId, affinity, Reason.BUY_AGAIN, null, catalogue, moment));
        });
    Map<String, Near> near = near(person, catalogue);
    near.forEach(
        (itemId, to) -> {
          double content = weights.content() * to.nearness();
          // The reason that is shown is the one that weighs more.
          boolean similar = content >= weights.popularity();
          candidates.add(
              candidate(
                  itemId,
                  content + weights.popularity(),
                  similar ? Reason.SIMILAR : Reason.POPULAR,
                  similar ? to.to() : null,
                  catalogue,
                  moment));
        });
    Set<String> taken = new HashSet<>(person.purchases.keySet());
    taken.addAll(near.keySet());
    for (ItemState item : catalogue.popularity().trending(topK, taken)) {
      candidates.add(
          candidate(item.itemId, weights.popularity(), Reason.POPULAR, null, catalogue, moment));
    }
    candidates.sort(Candidate.BEST_FIRST);
    return choose(candidates).stream().map(FeedBlend::recommended).toList();
  }

  private Candidate candidate(
      String itemId,
      double affinity,
      Reason reason,
      @Nullable String becauseOf,
      Catalogue catalogue,
      long moment) {
    ItemState item = catalogue.item(itemId);
    double trend = item == null ? 0 : catalogue.popularity().trend(item, moment);
    return new Candidate(
        itemId,
        affinity * Math.pow(trend + weights.trendPrior(), weights.trendPower()),
        reason,
        becauseOf);
  }

  /** Items near to what the person bought lately that the person has not bought. */
  private Map<String, Near> near(PersonState person, Catalogue catalogue) {
    Map<String, Near> near = new HashMap<>();
    if (weights.content() == 0) {
      return near;
    }
    for (String bought : person.recent(weights.recentItems())) {
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
  private List<Candidate> choose(List<Candidate> sorted) {
    int discover = weights.discoverOf(topK);
    long unknown = sorted.stream().filter(candidate -> !candidate.known()).count();
    long knownPlaces = topK - Math.min(discover, unknown);
    List<Candidate> chosen = new ArrayList<>();
    long known = 0;
    for (Candidate candidate : sorted) {
      if (chosen.size() == topK) {
        break;
      }
      if (!candidate.known()) {
        chosen.add(candidate);
      } else if (known < knownPlaces) {
        chosen.add(candidate);
        known++;
      }
    }
    return chosen;
  }

  private static RecommendedItem recommended(Candidate candidate) {
    return new RecommendedItem(
        candidate.itemId(), (float) candidate.score(), candidate.reason(), candidate.becauseOf());
  }
}
