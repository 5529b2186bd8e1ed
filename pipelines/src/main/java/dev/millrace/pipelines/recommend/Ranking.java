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
   * @param rules what the shop wants
   */
  static Ranking of(
      Slate slate,
      double[] scores,
      IntFunction<Reason> reasons,
      int topK,
      int discover,
      ShopRules rules) {
    int mostAlike = rules.mostAlike();
    int introduce = rules.introduceOf(topK);
    // Where some are passed over, others follow them.
    int considered = mostAlike == 0 && introduce == 0 ? topK : Math.max(topK, scores.length);
    Best<Candidate> known = new Best<>(considered, Candidate.BEST_FIRST);
    Best<Candidate> unknown = new Best<>(considered, Candidate.BEST_FIRST);
    for (int i = 0; i < scores.length; i++) {
      (slate.isBought(i) ? known : unknown).offer(new Candidate(i, scores[i]));
    }
    List<Candidate> discoveries =
        chosen(unknown.list(), slate, topK, new AlikeBound(slate, mostAlike), Room.ALL);
    List<Candidate> bestFirst =
        Stream.concat(known.list().stream(), unknown.list().stream())
            .sorted(Candidate.BEST_FIRST)
            .toList();
    int introductions =
        introduce == 0
            ? 0
            : chosen(
                    bestFirst.stream()
                        .filter(candidate -> slate.isIntroduction(candidate.item()))
                        .toList(),
                    slate,
                    introduce,
                    new AlikeBound(slate, mostAlike),
                    Room.ALL)
                .size();
    Room room = new Room(topK - Math.min(discover, discoveries.size()), topK - introductions);
    List<Candidate> feed = chosen(bestFirst, slate, topK, new AlikeBound(slate, mostAlike), room);
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

  /**
   * For how many there is room.
   *
   * @param known that the person has bought
   * @param established that are no {@link Slate#isIntroduction introductions}
   */
  private record Room(int known, int established) {
    static final Room ALL = new Room(Integer.MAX_VALUE, Integer.MAX_VALUE);

    boolean admits(boolean isKnown, boolean isIntroduction) {
      return (!isKnown || known > 0) && (isIntroduction || established > 0);
    }

    Room without(boolean isKnown, boolean isIntroduction) {
      return new Room(known - (isKnown ? 1 : 0), established - (isIntroduction ? 0 : 1));
    }
  }

  /**
   * The best for which there is room; where these do not fill all places, the best of the others,
   * too. Best first.
   */
  private static List<Candidate> chosen(
      List<Candidate> bestFirst, Slate slate, int places, AlikeBound alike, Room room) {
    List<Candidate> chosen = new ArrayList<>(places);
    List<Candidate> withoutRoom = new ArrayList<>();
    Room left = room;
    for (Candidate candidate : bestFirst) {
      if (chosen.size() == places) {
        break;
      }
      boolean known = slate.isBought(candidate.item());
      boolean introduction = slate.isIntroduction(candidate.item());
      if (!left.admits(known, introduction)) {
        withoutRoom.add(candidate);
      } else if (alike.admits(candidate.item())) {
        alike.place(candidate.item());
        chosen.add(candidate);
        left = left.without(known, introduction);
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
