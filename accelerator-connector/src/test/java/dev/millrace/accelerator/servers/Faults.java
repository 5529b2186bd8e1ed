package dev.millrace.accelerator.servers;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What goes wrong next, as the test says, and what has happened, for the test to ask. */
final class Faults {

  private final Map<String, Integer> coming = new ConcurrentHashMap<>();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();

  /** The next so many times that this could go wrong, it does; -1 for from now on. */
  void set(String kind, int times) {
    coming.put(kind, times);
  }

  /** Whether it goes wrong this time. */
  boolean take(String kind) {
    boolean[] taken = new boolean[1];
    coming.computeIfPresent(
        kind,
        (name, left) -> {
          taken[0] = left != 0;
          return left > 0 ? Integer.valueOf(left - 1) : left;
        });
    if (taken[0]) {
      count("fault " + kind);
    }
    return taken[0];
  }

  void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  /** Keeps the greatest of what is counted. */
  void countMost(String what, int count) {
    counts.merge(what, count, Math::max);
  }

  int counted(String what) {
    return counts.getOrDefault(what, 0);
  }
}
