package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.RecommendedItem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A slate in order.
 *
 * @param feed best first, no item twice
 * @param discoveries the best that are new to the person, as many as a feed has places
 */
record Ranking(List<Place> feed, List<Place> discoveries) {
  /**
   * A candidate that made it.
   *
   * @param item which one of the slate's
   */
  record Place(int item, double score, Reason reason) {
    String itemId(Slate slate) {
      return slate.items[item];
    }

    @Nullable String becauseOf(Slate slate) {
      int other = item - slate.bought;
      return switch (reason) {
        case BOUGHT_TOGETHER -> slate.lately(slate.companionOf[other]);
        case SIMILAR -> slate.lately(slate.nearTo[other]);
        default -> null;
      };
    }

    /** Of a slate that has its items' names. */
    RecommendedItem recommended(Slate slate) {
      return new RecommendedItem(itemId(slate), (float) score, reason, becauseOf(slate));
    }
  }

  private record Candidate(int item, double score) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble(Candidate::score).reversed().thenComparingInt(Candidate::item);
  }

  /** A source is the reason for an item if without it the score would be less than half. */
  private static final double REASON = Math.log(2);

  /**
   * @param scores of each candidate
   * @param reasons why each one is there
   * @param discover how many places at least are for items that are new to the person, where there
   *     are so many
   * @param mostAlike of {@link ShopRules}
   */
  static Ranking of(
      Slate slate,
      double[] scores,
      IntFunction<Reason> reasons,
      int topK,
      int discover,
      int mostAlike) {
    // Where some are passed over, others follow them.
    int considered = mostAlike == 0 ? topK : Math.max(topK, scores.length);
    Best<Candidate> known = new Best<>(considered, Candidate.BEST_FIRST);
    Best<Candidate> unknown = new Best<>(considered, Candidate.BEST_FIRST);
    for (int i = 0; i < scores.length; i++) {
      (slate.isBought(i) ? known : unknown).offer(new Candidate(i, scores[i]));
    }
    List<Candidate> discoveries =
        chosen(unknown.list(), slate, topK, new AlikeBound(slate, mostAlike), 0);
    int knownPlaces = topK - Math.min(discover, discoveries.size());
    List<Candidate> feed =
        chosen(
            Stream.concat(known.list().stream(), unknown.list().stream())
                .sorted(Candidate.BEST_FIRST)
                .toList(),
            slate,
            topK,
            new AlikeBound(slate, mostAlike),
            knownPlaces);
    return new Ranking(places(feed, reasons), places(discoveries, reasons));
  }

  /**
   * The candidates with the highest scores, best first.
   *
   * @param count how many
   */
  static int[] best(double[] scores, int count) {
    Best<Candidate> best = new Best<>(count, Candidate.BEST_FIRST);
    for (int i = 0; i < scores.length; i++) {
      best.offer(new Candidate(i, scores[i]));
    }
    return best.list().stream().mapToInt(Candidate::item).toArray();
  }

  private static List<Candidate> chosen(
      List<Candidate> bestFirst, Slate slate, int places, AlikeBound alike, int knownPlaces) {
    List<Candidate> chosen = new ArrayList<>(places);
    int known = 0;
    for (Candidate candidate : bestFirst) {
      boolean bought = slate.isBought(candidate.item());
      if (chosen.size() == places) {
        break;
      }
      if ((!bought || known < knownPlaces) && alike.admits(candidate.item())) {
        alike.place(candidate.item());
        chosen.add(candidate);
        known += bought ? 1 : 0;
      }
    }
    return chosen;
  }

  private static List<Place> places(List<Candidate> candidates, IntFunction<Reason> reasons) {
    return candidates.stream()
        .map(
            candidate ->
                new Place(candidate.item(), candidate.score(), reasons.apply(candidate.item())))
        .toList();
  }

  /** Why an item is there, by what the blend makes of it. */
  static Reason reason(int item, Slate slate, Blend blend) {
    if (slate.isBought(item)) {
      return Reason.BUY_AGAIN;
    }
    double byCompanions = blend.companionPart(slate, item);
    double byContent = blend.contentPart(slate, item);
    if (Math.max(byCompanions, byContent) < REASON) {
      return Reason.POPULAR;
    }
    return byCompanions >= byContent ? Reason.BOUGHT_TOGETHER : Reason.SIMILAR;
  }
}
