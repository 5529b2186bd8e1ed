package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Some of a catalogue's items. Used over and over: to begin anew costs nothing. */
final class ItemSet {
  private static final int FEW = 1024;

  private int[] rounds = new int[FEW];
  private int round;
  private final List<KnownItem> items = new ArrayList<>();

  /** Forgets all items. */
  void begin() {
    round++;
    items.clear();
  }

  /** Takes an item in, if it is not there. */
  void include(KnownItem item) {
    int number = item.number;
    if (number >= rounds.length) {
      rounds = Arrays.copyOf(rounds, Math.max(number + 1, rounds.length + rounds.length / 2));
    }
    if (rounds[number] != round) {
      rounds[number] = round;
      items.add(item);
    }
  }

  boolean has(KnownItem item) {
    return item.number < rounds.length && rounds[item.number] == round;
  }

  /** Adds all items to a list, in the order in which they came. */
  void addTo(List<KnownItem> list) {
    list.addAll(items);
  }
}
