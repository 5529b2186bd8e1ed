package dev.millrace.pipelines.recommend;

/** The items that one is most often bought together with. Public for Flink's serializer only. */
public final class CompanionList {
  public String itemId = "";

  /** Those with the most weight, most first. */
  public String[] others = {};

  /** The weight of the baskets with each of {@link #others}, as of {@link #last}. */
  public float[] weights = {};

  /** The weight of all baskets of the item, as of {@link #last}. */
  public double total;

  /** The latest basket: milliseconds since 1970 in event time. */
  public long last = Long.MIN_VALUE;

  public CompanionList() {}

  static CompanionList of(String itemId, CompanionCounts counts, int listed) {
    CompanionList list = new CompanionList();
    list.itemId = itemId;
    list.total = counts.total;
    list.last = counts.last;
    int[] most = counts.most(listed);
    list.others = new String[most.length];
    list.weights = new float[most.length];
    for (int i = 0; i < most.length; i++) {
      list.others[i] = counts.others[most[i]];
      list.weights[i] = (float) counts.weights[most[i]];
    }
    return list;
  }
}
