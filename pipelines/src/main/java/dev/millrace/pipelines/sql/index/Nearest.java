package dev.millrace.pipelines.sql.index;

import java.util.Arrays;

/** The items with the highest scores so far, the highest first; of equal ones the earlier first. */
final class Nearest {

  private final float[] scores;
  private final int[] items;
  private int size;

  Nearest(int most) {
    scores = new float[most];
    items = new int[most];
  }

  /** What an item must exceed to be among them. */
  float least() {
    return size < scores.length
        ? Float.NEGATIVE_INFINITY
        : size == 0 ? Float.MAX_VALUE : scores[size - 1];
  }

  /** Items are offered in their order. */
  void offer(int item, float score) {
    if (size == scores.length) {
      if (size == 0 || !(score > scores[size - 1])) {
        return;
      }
      size--;
    }
    int at = size;
    while (at > 0 && score > scores[at - 1]) {
      at--;
    }
    System.arraycopy(scores, at, scores, at + 1, size - at);
    System.arraycopy(items, at, items, at + 1, size - at);
    scores[at] = score;
    items[at] = item;
    size++;
  }

  int size() {
    return size;
  }

  int item(int rank) {
    return items[rank];
  }

  float score(int rank) {
    return scores[rank];
  }

  @Override
  public String toString() {
    return Arrays.toString(Arrays.copyOf(items, size));
  }
}
