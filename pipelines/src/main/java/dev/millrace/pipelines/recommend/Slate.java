package dev.millrace.pipelines.recommend;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A person's candidates as of a moment, with what is known of each: for the person's next feed or,
 * with an {@link #outcome}, to judge by a basket and to learn from. Public for Flink's serializer
 * only.
 *
 * <p>Many may wait at once where event time makes a leap, so it holds no more than its use needs:
 * one with an outcome does without the items' names.
 */
public final class Slate {
  static final short NONE = -1;

  /** By time, then by what tells apart those of one moment, whatever the order of arrival. */
  static final Comparator<Slate> ORDER =
      Comparator.<Slate>comparingLong(slate -> slate.time)
          .thenComparing(slate -> slate.userId)
          .thenComparingInt(slate -> slate.baskets);

  /** What a person with an example to show is shown, by item. */
  public static final class Shown {
    /** Titles of the candidates and of what is the reason for one. */
    public Map<String, String> titles = new HashMap<>();

    /** In how many of the person's baskets each bought candidate was. */
    public int[] times = {};

    /** What is known of the example before the feed is. */
    public FeedExample example = new FeedExample();

    public Shown() {}
  }

  public String userId = "";

  /** As of when: milliseconds since 1970 in event time. */
  public long time;

  /** How many baskets the person has had. */
  public int baskets;

  /** How many of the candidates, which come first, the person has bought. */
  public int bought;

  /**
   * Distinct: first those that the person has bought, then the others, both in ascending order.
   * Empty where there is an outcome.
   */
  public String[] items = {};

  /** Of the others, which ones are new in the shop. */
  public boolean[] cold = {};

  /**
   * Logarithms of what is known, item by item: {@link FeedWeights.Bought#FACTS} of each bought one,
   * then {@link FeedWeights.Unknown#FACTS} of each other one, in the order of the powers there.
   */
  public float[] facts = {};

  /** What the person bought lately. Empty where there is an outcome. */
  public String[] lately = {};

  /**
   * For each of the others, which of {@link #lately} it belongs to most; {@link #NONE} where there
   * is none. Empty where there is an outcome.
   */
  public short[] companionOf = {};

  /** The same of what it is nearest to. */
  public short[] nearTo = {};

  /**
   * Which candidates are alike, pair by pair: of each, the lower one first. Null where that does
   * not matter.
   */
  public int @Nullable [] alike;

  /** Which of the candidates are in the basket; empty where there is no basket yet. */
  public boolean[] inBasket = {};

  /** What is known of the outcome before the feed is. */
  public @Nullable BasketOutcome outcome;

  public @Nullable Shown shown;

  /** What a ranking model reads; null where none is asked, or it has been. */
  public @Nullable RankingTexts texts;

  /** What a sequence model reads; null likewise. */
  public @Nullable RankingIds ids;

  /** What the blend and a ranking model say; null where no model is asked, or not yet. */
  public @Nullable Appraisal appraisal;

  public Slate() {}

  /** Another one with what {@link Learner}s look at, and nothing else. */
  Slate toLearnFrom() {
    Slate slate = new Slate();
    slate.userId = userId;
    slate.time = time;
    slate.baskets = baskets;
    slate.bought = bought;
    slate.cold = cold;
    slate.facts = facts;
    slate.inBasket = inBasket;
    slate.appraisal = appraisal;
    return slate;
  }

  /** How many candidates there are. */
  int size() {
    return bought + cold.length;
  }

  /** Of the candidates, how many are in the basket. */
  int found() {
    int found = 0;
    for (boolean is : inBasket) {
      found += is ? 1 : 0;
    }
    return found;
  }

  /** Tells the feed that this is for, or the basket that it is judged by, from all others. */
  String feedId() {
    return time + (outcome == null ? " feed " : " basket ") + baskets + " " + userId;
  }

  int[] alikePairs() {
    return alike == null ? new int[0] : alike;
  }

  /** The name of an item of {@link #lately}; null if it is none. */
  @Nullable String lately(short item) {
    return item == NONE ? null : lately[item];
  }

  /** Whether a ranking model can be asked about a candidate of this person. */
  boolean canBeAsked(int item) {
    if (ids != null) {
      return ids.bought.length > 0 && ids.candidates[item] != ItemVocabulary.PADDING;
    }
    return texts != null && !texts.bought.isEmpty() && !texts.titles[item].isEmpty();
  }

  boolean isBought(int item) {
    return item < bought;
  }

  boolean isCold(int item) {
    return !isBought(item) && cold[item - bought];
  }

  /** Where the facts of an item begin in {@link #facts}. */
  int factsOf(int item) {
    return isBought(item)
        ? item * FeedWeights.Bought.FACTS
        : bought * FeedWeights.Bought.FACTS + (item - bought) * factCount(item);
  }

  /**
   * How many facts there are of an item. A slate of a checkpoint from before the age of items was a
   * fact has one less of those that are not bought: the last.
   */
  int factCount(int item) {
    return isBought(item)
        ? FeedWeights.Bought.FACTS
        : (facts.length - bought * FeedWeights.Bought.FACTS) / cold.length;
  }
}
