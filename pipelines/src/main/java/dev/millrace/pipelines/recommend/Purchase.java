package dev.millrace.pipelines.recommend;

/** That a person bought an item. Public for Flink's serializer only. */
public final class Purchase {
  /**
   * The baskets that it was in, each halved for every half-life that lies between it and {@link
   * #last}.
   */
  public double weight;

  /** When it was bought last: milliseconds since 1970 in event time. */
  public long last = Long.MIN_VALUE;

  /** In how many of the person's baskets it was. */
  public int baskets;

  public Purchase() {}
}
