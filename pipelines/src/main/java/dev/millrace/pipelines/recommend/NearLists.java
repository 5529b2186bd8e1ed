package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps each item's list of those nearest to it as {@link NearItems} tell of it. A list that
 * changes is another one from then on: all subtasks make the same lists of the same changes, and
 * who still has the one from before is at an earlier moment.
 */
final class NearLists {
  private final int listLength;
  private final SharedRecords records;
  private final StoredNear list;
  private final List<KnownItem> byNumber = new ArrayList<>();

  /**
   * @param listLength how many are in a list at most
   * @param records where the lists are
   */
  NearLists(int listLength, SharedRecords records) {
    this.listLength = listLength;
    this.records = records;
    list = new StoredNear(records);
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

  /** What is near to an item; to be read before it is asked for the next one. */
  StoredNear of(ItemState item) {
    return list.at(item.nearRecord);
  }

  /**
   * Applies a change.
   *
   * @param item that the change is of
   */
  void apply(NearItems change, ItemState item) {
    replace(item, StoredNear.store(change.near, change.cosines, records));
    for (int i = 0; i < change.entered.length; i++) {
      ItemState entered = item(change.entered[i]).state;
      if (entered != null) {
        enter(entered, change.number, change.enteredCosines[i]);
      }
    }
  }

  private void enter(ItemState item, int other, float cosine) {
    StoredNear near = of(item);
    int at = near.size();
    while (at > 0 && isBefore(other, cosine, near, at - 1)) {
      at--;
    }
    if (at < listLength) {
      replace(item, near.storeWith(other, cosine, at, listLength));
    }
  }

  private void replace(ItemState item, int record) {
    int before = item.nearRecord;
    item.nearRecord = record;
    records.release(before);
  }

  private boolean isBefore(int other, float cosine, StoredNear near, int at) {
    return cosine > near.cosine(at)
        || (cosine == near.cosine(at) && item(other).id.compareTo(item(near.item(at)).id) < 0);
  }
}
