package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The few best of many, without sorting the many. */
final class Best<T> {
  private final int count;
  private final Comparator<T> bestFirst;
  private final PriorityQueue<T> worstFirst;

  /**
   * @param count how many are kept, 0 or more
   * @param bestFirst no two are equal by it, so that what is kept does not depend on the order in
   *     which they come
   */
  Best(int count, Comparator<T> bestFirst) {
    this.count = count;
    this.bestFirst = bestFirst;
    worstFirst = new PriorityQueue<>(Math.max(1, count), bestFirst.reversed());
  }

  void offer(T one) {
    if (worstFirst.size() < count) {
      worstFirst.add(one);
    } else if (count > 0 && bestFirst.compare(one, worstFirst.element()) < 0) {
      worstFirst.remove();
      worstFirst.add(one);
    }
  }

  /** Best first. */
  List<T> list() {
    List<T> list = new ArrayList<>(worstFirst);
    list.sort(bestFirst);
    return list;
  }
}
