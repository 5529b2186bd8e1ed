package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.RecommendedItem;
import java.util.Comparator;
import java.util.List;
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
   * @param discover how many places at least are for items that are new to the person, where there
   *     are so many
   */
  static Ranking of(Slate slate, Blend blend, int topK, int discover) {
    double[] scores = blend.shares(slate);
    Best<Candidate> known = new Best<>(topK, Candidate.BEST_FIRST);
    Best<Candidate> unknown = new Best<>(topK, Candidate.BEST_FIRST);
    for (int i = 0; i < scores.length; i++) {
      (slate.isBought(i) ? known : unknown).offer(new Candidate(i, scores[i]));
    }
    List<Candidate> discoveries = unknown.list();
    int knownPlaces = topK - Math.min(discover, discoveries.size());
    Best<Candidate> feed = new Best<>(topK, Candidate.BEST_FIRST);
    Stream.concat(known.list().stream().limit(knownPlaces), discoveries.stream())
        .forEach(feed::offer);
    return new Ranking(places(feed.list(), slate, blend), places(discoveries, slate, blend));
  }

  private static List<Place> places(List<Candidate> candidates, Slate slate, Blend blend) {
    return candidates.stream()
        .map(
            candidate ->
                new Place(
                    candidate.item(), candidate.score(), reason(candidate.item(), slate, blend)))
        .toList();
  }

  private static Reason reason(int item, Slate slate, Blend blend) {
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
