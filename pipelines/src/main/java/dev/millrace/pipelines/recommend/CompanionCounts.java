package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * With which items one was in a basket, and how often lately: bounded by the number of items that
 * are counted. Public for Flink's serializer only.
 *
 * <p>Two arrays and no map: they are read and written with every basket and every checkpoint.
 */
public final class CompanionCounts {
  /** Distinct, in ascending order. */
  public String[] others = {};

  /** The weight of the baskets with each of {@link #others}, as of {@link #last}. */
  public double[] weights = {};

  /** The weight of all baskets of the item, as of {@link #last}. */
  public double total;

  /** The latest basket: milliseconds since 1970 in event time. */
  public long last = Long.MIN_VALUE;

  /** When it is next looked whether this can be forgotten; the earliest there is before that. */
  public long lookAt = Long.MIN_VALUE;

  public CompanionCounts() {}

  /**
   * Takes in a basket. With more than twice {@code keep} items counted, those with the least weight
   * are let go of, down to {@code keep}: in between, each newcomer has a chance to come again.
   */
  void add(BasketItem item, Decay decay, int keep) {
    double weight = 1;
    if (last != Long.MIN_VALUE && item.time >= last) {
      double left = decay.after(item.time - last);
      for (int i = 0; i < weights.length; i++) {
        weights[i] *= left;
      }
      total *= left;
    } else if (last != Long.MIN_VALUE) {
      weight = decay.after(last - item.time);
    }
    last = Math.max(last, item.time);
    total += weight;
    // A pair out of many says less.
    add(item.others, weight / Math.sqrt(item.others.length + 1));
    if (others.length > 2 * keep) {
      int[] kept = most(keep);
      Arrays.sort(kept);
      select(kept);
    }
  }

  /** The places of those with the most weight, most first, of equals the one with the lower id. */
  int[] most(int count) {
    int[] most = new int[Math.min(count, weights.length)];
    int size = 0;
    for (int i = 0; i < weights.length; i++) {
      if (size == most.length && weights[i] <= weights[most[size - 1]]) {
        continue;
      }
      size = Math.min(size + 1, most.length);
      int at = size - 1;
      while (at > 0 && weights[i] > weights[most[at - 1]]) {
        most[at] = most[at - 1];
        at--;
      }
      most[at] = i;
    }
    return most;
  }

  /** Adds a weight for each of {@code more}, which are distinct and ascending. */
  private void add(String[] more, double weight) {
    int[] places = new int[more.length];
    int added = 0;
    for (int i = 0; i < more.length; i++) {
      places[i] = Arrays.binarySearch(others, more[i]);
      if (places[i] >= 0) {
        weights[places[i]] += weight;
      } else {
        added++;
      }
    }
    if (added > 0) {
      insert(more, places, added, weight);
    }
  }

  /** Moves what is there to the end, from the end, and lays the new ones between. */
  private void insert(String[] more, int[] places, int added, double weight) {
    int end = others.length;
    others = Arrays.copyOf(others, end + added);
    weights = Arrays.copyOf(weights, end + added);
    int shift = added;
    for (int i = more.length - 1; i >= 0; i--) {
      if (places[i] < 0) {
        int at = -places[i] - 1;
        System.arraycopy(others, at, others, at + shift, end - at);
        System.arraycopy(weights, at, weights, at + shift, end - at);
        shift--;
        others[at + shift] = more[i];
        weights[at + shift] = weight;
        end = at;
      }
    }
  }

  private void select(int[] places) {
    others = IntStream.of(places).mapToObj(place -> others[place]).toArray(String[]::new);
    weights = IntStream.of(places).mapToDouble(place -> weights[place]).toArray();
  }
}
