package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Finds a shorter list that fails alike, by leaving out ever smaller parts. */
final class Shrinking {

  private Shrinking() {}

  /**
   * Shrinks a list.
   *
   * @param failing a list that fails
   * @param fails whether a list fails
   * @return a list that fails, and does not if any one element is left out
   */
  static <T> List<T> shrink(List<T> failing, Predicate<List<T>> fails) {
    List<T> smallest = failing;
    int part = Math.max(1, smallest.size() / 2);
    while (true) {
      boolean shrunk = false;
      for (int from = 0; from < smallest.size(); ) {
        List<T> without = new ArrayList<>(smallest.subList(0, from));
        without.addAll(smallest.subList(Math.min(smallest.size(), from + part), smallest.size()));
        if (fails.test(without)) {
          smallest = without;
          shrunk = true;
        } else {
          from += part;
        }
      }
      if (part > 1) {
        part /= 2;
      } else if (!shrunk) {
        return smallest;
      }
    }
  }
}
