package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import java.util.HashMap;
import java.util.Map;

/**
 * How good the feed was for a basket, as judged before the feed had seen it. A Flink POJO; treat it
 * as immutable.
 *
 * <p>There is one for every basket, and one for every further part of a basket.
 */
public final class BasketOutcome {
  /** When the basket began: milliseconds since 1970 in event time. */
  public long time;

  /** Its distinct items. */
  public int items;

  /** A further part of a basket that is counted already: for instance of rows that came late. */
  public boolean part;

  /**
   * It came after event time had passed it. It counts into the person's history and is not
   * evaluated.
   */
  public boolean late;

  /** It is the first that is known of this person. */
  public boolean firstOfPerson;

  /**
   * Whether it was evaluated: it is whole, in time, and the person had an earlier one. Where it was
   * not, what follows is 0.
   */
  public boolean evaluated;

  /** At least one of its items was in the person's feed. */
  public boolean hit;

  /** Those of its items in the feed, divided by the lesser of the feed's places and its items. */
  public double recall;

  /** Of {@link #items}, those that the person had not bought before. */
  public int newItems;

  /**
   * The new items in the feed, divided by the lesser of the feed's places and {@link #newItems}; 0
   * where there are none.
   */
  public double newRecall;

  /** As {@link #newRecall}, for a feed of nothing but items that are new to the person. */
  public double discoveryRecall;

  /** The feed's places by reason. */
  public Map<Reason, Integer> places = new HashMap<>();

  /** Of {@link #places}, those whose item is in the basket. */
  public Map<Reason, Integer> found = new HashMap<>();

  /** The feed's places with an item that is new in the shop. */
  public int coldPlaces;

  /** Of {@link #coldPlaces}, those whose item is in the basket. */
  public int coldFound;

  /** Whether it is known which items are alike. */
  public boolean alikeKnown;

  /** The feed's places with an item that one before it in the feed is alike to. */
  public int alikePlaces;

  /**
   * As {@link #hit}, for those of the items that may be recommended that are in the most baskets so
   * far.
   */
  public boolean popularityHit;

  /** As {@link #recall}, for the items in the most baskets so far. */
  public double popularityRecall;

  /** Whether a ranking model had a say in the feed. */
  public boolean modelAsked;

  /** As {@link #hit}, for the feed by the blend alone. */
  public boolean blendHit;

  /** As {@link #recall}, for the feed by the blend alone. */
  public double blendRecall;

  /** For Flink's serializer. */
  public BasketOutcome() {}

  BasketOutcome(Basket basket, boolean firstOfPerson) {
    time = basket.time;
    items = basket.items.length;
    part = basket.part;
    late = basket.late;
    this.firstOfPerson = firstOfPerson;
  }
}
