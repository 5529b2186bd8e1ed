package dev.millrace.pipelines.recommend;

import java.util.function.Consumer;

/**
 * The few best of many items, by two numbers, of equals those with the lower id. Used over and
 * over.
 */
final class BestItems {
  private final KnownItem[] items;
  private final double[] firsts;
  private final double[] seconds;
  private int size;

  /**
   * @param count how many are kept, 0 or more
   */
  BestItems(int count) {
    items = new KnownItem[count];
    firsts = new double[count];
    seconds = new double[count];
  }

  void clear() {
    size = 0;
  }

  void offer(KnownItem item, double first, double second) {
    int at = size;
    while (at > 0 && isBefore(item, first, second, at - 1)) {
      at--;
    }
    if (at == items.length) {
      return;
    }
    int moved = Math.min(size, items.length - 1) - at;
    System.arraycopy(items, at, items, at + 1, moved);
    System.arraycopy(firsts, at, firsts, at + 1, moved);
    System.arraycopy(seconds, at, seconds, at + 1, moved);
    items[at] = item;
    firsts[at] = first;
    seconds[at] = second;
    size = Math.min(size + 1, items.length);
  }

  private boolean isBefore(KnownItem item, double first, double second, int at) {
    int byFirst = Double.compare(first, firsts[at]);
    int byBoth = byFirst != 0 ? byFirst : Double.compare(second, seconds[at]);
    return byBoth > 0 || (byBoth == 0 && item.id.compareTo(items[at].id) < 0);
  }

  /** Best first. */
  void forEach(Consumer<KnownItem> action) {
    for (int i = 0; i < size; i++) {
      action.accept(items[i]);
    }
  }
}
