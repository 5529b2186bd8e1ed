package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which items are alike: all of them, at 8 bytes a pair. Items are numbered from 0, without gaps.
 */
final class AlikeItems {
  private static final int[] NONE = {};

  /** By number: the numbers of those that it is alike to, in the first places, and how many. */
  private final List<int[]> others = new ArrayList<>();

  private final List<Integer> counts = new ArrayList<>();

  void link(int one, int other) {
    add(one, other);
    add(other, one);
  }

  private void add(int to, int other) {
    while (others.size() <= to) {
      others.add(NONE);
      counts.add(0);
    }
    int count = counts.get(to);
    if (count == others.get(to).length) {
      others.set(to, Arrays.copyOf(others.get(to), Math.max(4, count + count / 2)));
    }
    others.get(to)[count] = other;
    counts.set(to, count + 1);
  }

  /** Takes in what was alike to an item when a checkpoint was taken. */
  void restore(int item, int[] links) {
    for (int other : links) {
      add(item, other);
    }
  }

  /** What is alike to an item, in no order. */
  int[] of(int item) {
    return item >= others.size() ? NONE : Arrays.copyOf(others.get(item), counts.get(item));
  }

  /** Nothing is alike to it any longer. */
  void unlink(int gone) {
    if (gone >= others.size()) {
      return;
    }
    for (int i = 0; i < counts.get(gone); i++) {
      remove(others.get(gone)[i], gone);
    }
    others.set(gone, NONE);
    counts.set(gone, 0);
  }

  private void remove(int from, int other) {
    int[] list = others.get(from);
    int last = counts.get(from) - 1;
    for (int i = 0; i <= last; i++) {
      if (list[i] == other) {
        list[i] = list[last];
        counts.set(from, last);
        return;
      }
    }
  }

  /**
   * The pairs among some items, one after the other: of each, the lower place first. In ascending
   * order.
   *
   * @param some distinct numbers; -1 for an item that is like no other
   */
  int[] pairs(int[] some) {
    Map<Integer, Integer> places = new HashMap<>();
    for (int place = 0; place < some.length; place++) {
      places.put(some[place], place);
    }
    List<Long> found = new ArrayList<>();
    for (int place = 0; place < some.length; place++) {
      int number = some[place];
      int count = number < 0 || number >= others.size() ? 0 : counts.get(number);
      for (int i = 0; i < count; i++) {
        Integer other = places.get(others.get(number)[i]);
        if (other != null && other > place) {
          found.add((long) place << Integer.SIZE | other);
        }
      }
    }
    found.sort(null);
    int[] pairs = new int[2 * found.size()];
    for (int i = 0; i < found.size(); i++) {
      pairs[2 * i] = (int) (found.get(i) >>> Integer.SIZE);
      pairs[2 * i + 1] = found.get(i).intValue();
    }
    return pairs;
  }
}
