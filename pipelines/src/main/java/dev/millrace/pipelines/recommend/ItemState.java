package dev.millrace.pipelines.recommend;

/** What is known of an item. Public for Flink's serializer only. */
public final class ItemState {
  public String itemId = "";

  /** Empty where there is none. */
  public String title = "";

  /** As it came. Empty where there is none. */
  public float[] vector = {};

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

  public ItemState() {}

  ItemState(String itemId, long firstSeen) {
    this.itemId = itemId;
    this.firstSeen = firstSeen;
  }

  String shown() {
    return title.isEmpty() ? itemId : title;
  }
}
