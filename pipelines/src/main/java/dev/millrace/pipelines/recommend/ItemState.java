package dev.millrace.pipelines.recommend;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of an item. Public for Flink's serializer only. */
public final class ItemState {
  public String itemId = "";

  /** Empty where there is none. */
  public String title = "";

  /** As {@link NearItems#number}. */
  public int number = NearItems.NONE;

  /** The numbers of the items nearest to it, nearest first. */
  public int[] near = {};

  /** The cosine of each of {@link #near}. */
  public float[] cosines = {};

  /**
   * The numbers of the items that are alike to it, where somebody asks. As of the last checkpoint.
   */
  public int[] alike = {};

  /** In how many baskets it was. */
  public long baskets;

  /**
   * The baskets that it was in, each halved for every half-life that lies between it and {@link
   * #trendTime}.
   */
  public double trend;

  /** Milliseconds since 1970 in event time. */
  public long trendTime;

  /** When it was first heard of: milliseconds since 1970 in event time. */
  public long firstSeen;

  public CompanionList companions = new CompanionList();

  /** It is not to be had. */
  public boolean gone;

  /** What is known of it beyond its text; null where that is nothing. */
  public @Nullable Map<String, String> fields;

  /** It may not be recommended. Follows from what the shop wants now, so it is not kept. */
  transient boolean refused;

  public ItemState() {}

  ItemState(String itemId, long firstSeen) {
    this.itemId = itemId;
    this.firstSeen = firstSeen;
  }

  void offer(ItemOffer offer) {
    gone = !offer.isAvailable();
    fields = offer.allFields().isEmpty() ? null : offer.fields;
  }

  /** Finds out whether it may be recommended. */
  void decide(ShopRules rules) {
    Map<String, String> known = fields;
    refused = gone || !rules.passes(known == null ? Map.of() : known);
  }

  String shown() {
    return title.isEmpty() ? itemId : title;
  }
}
