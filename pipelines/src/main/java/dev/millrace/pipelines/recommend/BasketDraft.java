package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A basket that is being filled, or was handed on not long ago. Public for Flink's serializer only.
 */
public final class BasketDraft {
  /** Items that wait, with the time of the earliest row of each. */
  public Map<String, Long> open = new HashMap<>();

  /** Items that were handed on. */
  public List<String> closed = new ArrayList<>();

  /** When this draft may be forgotten. Later than any time while items wait. */
  public long forgetAt = Long.MAX_VALUE;

  public BasketDraft() {}

  boolean isOpen() {
    return !open.isEmpty();
  }

  /** The earliest time of what waits. */
  long start() {
    return open.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
  }

  void add(String itemId, long time) {
    if (!closed.contains(itemId)) {
      open.merge(itemId, time, Math::min);
      forgetAt = Long.MAX_VALUE;
    }
  }

  /** Takes out what waits and belongs to the moments up to {@code last}, in ascending order. */
  String[] takeUntil(long last) {
    String[] taken =
        open.entrySet().stream()
            .filter(entry -> entry.getValue() <= last)
            .map(Map.Entry::getKey)
            .sorted()
            .toArray(String[]::new);
    for (String itemId : taken) {
      open.remove(itemId);
      closed.add(itemId);
    }
    return taken;
  }
}
