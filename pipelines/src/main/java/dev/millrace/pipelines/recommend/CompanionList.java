package dev.millrace.pipelines.recommend;

import java.util.List;
import java.util.Map;

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
    List<Map.Entry<String, Double>> most = counts.most(listed);
    list.others = new String[most.size()];
    list.weights = new float[most.size()];
    for (int i = 0; i < list.others.length; i++) {
      list.others[i] = most.get(i).getKey();
      list.weights[i] = most.get(i).getValue().floatValue();
    }
    return list;
  }
}
