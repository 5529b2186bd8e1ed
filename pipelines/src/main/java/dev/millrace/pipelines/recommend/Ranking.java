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
   * @param shares of each candidate, of all their scores
   * @param reasons why each one is there
   * @param discover how many places at least are for items that are new to the person, where there
   *     are so many
   * @param rules what the shop wants
   */
  static Ranking of(
      Slate slate,
      double[] shares,
      IntFunction<Reason> reasons,
      int topK,
      int discover,
      ShopRules rules) {
    double[] scores = rules.introduces() ? introduced(slate, shares, rules.introduce()) : shares;
    int mostAlike = rules.mostAlike();
    // Where some are passed over, others follow them.
    int considered = mostAlike == 0 ? topK : Math.max(topK, scores.length);
    Best<Candidate> known = new Best<>(considered, Candidate.BEST_FIRST);
    Best<Candidate> unknown = new Best<>(considered, Candidate.BEST_FIRST);
    for (int i = 0; i < scores.length; i++) {
      (slate.isBought(i) ? known : unknown).offer(new Candidate(i, scores[i]));
    }
    List<Candidate> discoveries =
        chosen(unknown.list(), slate, topK, new AlikeBound(slate, mostAlike), topK);
    List<Candidate> bestFirst =
        Stream.concat(known.list().stream(), unknown.list().stream())
            .sorted(Candidate.BEST_FIRST)
            .toList();
    int mostKnown = topK - Math.min(discover, discoveries.size());
    List<Candidate> feed =
        chosen(bestFirst, slate, topK, new AlikeBound(slate, mostAlike), mostKnown);
    return new Ranking(places(feed, reasons), places(discoveries, reasons));
  }

  /** The shares if what is new in the shop counts so many times: again 1 in all. */
  private static double[] introduced(Slate slate, double[] shares, double times) {
    double[] raised = new double[shares.length];
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      raised[i] = slate.isCold(i) ? shares[i] * times : shares[i];
      sum += raised[i];
    }
    for (int i = 0; i < shares.length; i++) {
      raised[i] /= sum;
    }
    return raised;
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

  /**
   * The best, of which so many at most are known to the person; where these do not fill all places,
   * the best of the others, too. Best first.
   */
  private static List<Candidate> chosen(
      List<Candidate> bestFirst, Slate slate, int places, AlikeBound alike, int mostKnown) {
    List<Candidate> chosen = new ArrayList<>(places);
    List<Candidate> withoutRoom = new ArrayList<>();
    int left = mostKnown;
    for (Candidate candidate : bestFirst) {
      if (chosen.size() == places) {
        break;
      }
      boolean known = slate.isBought(candidate.item());
      if (known && left == 0) {
        withoutRoom.add(candidate);
      } else if (alike.admits(candidate.item())) {
        alike.place(candidate.item());
        chosen.add(candidate);
        left -= known ? 1 : 0;
      }
    }
    for (Candidate candidate : withoutRoom) {
      if (chosen.size() < places && alike.admits(candidate.item())) {
        alike.place(candidate.item());
        chosen.add(candidate);
      }
    }
    chosen.sort(Candidate.BEST_FIRST);
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
