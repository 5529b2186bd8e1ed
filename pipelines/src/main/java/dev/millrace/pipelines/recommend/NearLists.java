package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps each item's list of those nearest to it as {@link NearItems} tell of it. */
final class NearLists {
  private final int listLength;
  private final List<KnownItem> byNumber = new ArrayList<>();

  /**
   * @param listLength how many are in a list at most
   */
  NearLists(int listLength) {
    this.listLength = listLength;
  }

  /** Notes which item has a number. Numbers may come in any order. */
  void number(int number, KnownItem item) {
    while (byNumber.size() <= number) {
      byNumber.add(item);
    }
    byNumber.set(number, item);
  }

  /** The item with a number that was noted. */
  KnownItem item(int number) {
    return byNumber.get(number);
  }

  /**
   * Applies a change.
   *
   * @param item that the change is of
   */
  void apply(NearItems change, ItemState item) {
    item.near = change.near;
    item.cosines = change.cosines;
    for (int i = 0; i < change.entered.length; i++) {
      ItemState entered = item(change.entered[i]).state;
      if (entered != null) {
        enter(entered, change.number, change.enteredCosines[i]);
      }
    }
  }

  private void enter(ItemState list, int other, float cosine) {
    int at = list.near.length;
    while (at > 0 && isBefore(other, cosine, list, at - 1)) {
      at--;
    }
    if (at == listLength) {
      return;
    }
    int length = Math.min(list.near.length + 1, listLength);
    int[] near = Arrays.copyOf(list.near, length);
    float[] cosines = Arrays.copyOf(list.cosines, length);
    System.arraycopy(list.near, at, near, at + 1, length - at - 1);
    System.arraycopy(list.cosines, at, cosines, at + 1, length - at - 1);
    near[at] = other;
    cosines[at] = cosine;
    list.near = near;
    list.cosines = cosines;
  }

  private boolean isBefore(int other, float cosine, ItemState list, int at) {
    return cosine > list.cosines[at]
        || (cosine == list.cosines[at] && item(other).id.compareTo(item(list.near[at]).id) < 0);
  }
}
