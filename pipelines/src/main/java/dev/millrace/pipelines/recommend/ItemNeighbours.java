package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For each item, the items nearest to it by cosine: exact, and kept up to date as vectors arrive.
 *
 * <p>A vector that arrives is compared with all others once, and enters their lists where it is
 * near enough, so that asking is only a look-up. The vectors lie in blocks, one dimension after the
 * other, so that a block's dot products are sums side by side: the compiler makes vector
 * instructions of that, which it may not do with a single sum. Each product is summed in the same
 * order, so that a cosine has the same bits whichever of the two came first.
 *
 * <p>What is not here depends on nothing but the vectors: neither on the order in which they came
 * nor on the subtask.
 */
final class ItemNeighbours {
  /** An item near another one, and the cosine between them. */
  record Neighbour(String itemId, float cosine) {}

  /** Items in a block: a few KiB of sums, which stay in the first-level cache. */
  private static final int BLOCK = 256;

  /** So many times what is asked for is kept of a list. */
  private static final int SPARE = 2;

  /**
   * A list of an item, nearest first, of equals the one with the lower id. It is longer than what
   * is asked for, so that it can lose some before it must be made anew. Plain arrays: every new
   * item is held against every list.
   */
  private static final class Entry {
    final String itemId;
    final int slot;
    final Entry[] nearest;
    final float[] cosines;
    int size;

    /** Something was left out: what is farther than the last one may not be entered after it. */
    boolean cut;

    /** The list as it was last asked for; null when it has changed since. */
    @Nullable List<Neighbour> asked;

    /** The list must be made anew before it is read. */
    boolean stale;

    /** Its last vector was none. */
    boolean gone;

    Entry(String itemId, int slot, int listLength) {
      this.itemId = itemId;
      this.slot = slot;
      this.nearest = new Entry[listLength];
      this.cosines = new float[listLength];
    }

    void clear() {
      Arrays.fill(nearest, 0, size, null);
      size = 0;
      cut = false;
      asked = null;
    }

    void insert(Entry other, float cosine) {
      int at = size;
      while (at > 0 && isBefore(other, cosine, at - 1)) {
        at--;
      }
      if (at == nearest.length || (cut && at == size)) {
        cut = true;
        return;
      }
      cut |= size == nearest.length;
      int moved = Math.min(size, nearest.length - 1) - at;
      System.arraycopy(nearest, at, nearest, at + 1, moved);
      System.arraycopy(cosines, at, cosines, at + 1, moved);
      nearest[at] = other;
      cosines[at] = cosine;
      size = Math.min(size + 1, nearest.length);
      asked = null;
    }

    private boolean isBefore(Entry other, float cosine, int at) {
      return cosine > cosines[at]
          || (cosine == cosines[at] && other.itemId.compareTo(nearest[at].itemId) < 0);
    }

    /** Whether it was in the list. */
    boolean remove(Entry other) {
      for (int at = 0; at < size; at++) {
        if (nearest[at] == other) {
          size--;
          System.arraycopy(nearest, at + 1, nearest, at, size - at);
          System.arraycopy(cosines, at + 1, cosines, at, size - at);
          asked = null;
          return true;
        }
      }
      return false;
    }

    List<Neighbour> asked(int count) {
      if (asked == null) {
        int listed = Math.min(size, count);
        List<Neighbour> list = new ArrayList<>(listed);
        for (int at = 0; at < listed; at++) {
          list.add(new Neighbour(nearest[at].itemId, cosines[at]));
        }
        asked = list;
      }
      return asked;
    }
  }

  private final int listLength;
  private final float minCosine;
  private final @Nullable AlikeItems alike;
  private final float alikeFrom;
  private final Map<String, Entry> entries = new HashMap<>();
  private final List<Entry> slots = new ArrayList<>();
  private final List<float[]> blocks = new ArrayList<>();
  private int dimensions;

  /**
   * @param listLength neighbours kept for each item
   * @param minCosine only what is nearer than this is a neighbour
   */
  ItemNeighbours(int listLength, double minCosine) {
    this(listLength, minCosine, null, 1);
  }

  /**
   * @param alike is told of all pairs whose cosine is at least {@code alikeFrom}, by the numbers of
   *     {@link #number}; null if nobody asks
   */
  ItemNeighbours(int listLength, double minCosine, @Nullable AlikeItems alike, double alikeFrom) {
    this.listLength = listLength;
    this.minCosine = (float) minCosine;
    this.alike = alike;
    this.alikeFrom = (float) alikeFrom;
  }

  /**
   * Takes in an item, or its new vector. A vector of no length or with a value that is no number is
   * as if there were none.
   */
  void put(String itemId, float[] vector) {
    float[] unit = unit(vector);
    Entry entry = entries.get(itemId);
    if (unit.length == 0) {
      if (entry != null) {
        withdraw(entry);
        entry.gone = true;
      }
      return;
    }
    if (dimensions == 0) {
      dimensions = unit.length;
    } else if (dimensions != unit.length) {
      throw new IllegalArgumentException(
          "The vector of item '%s' has %d values, those before it had %d: embed all items with one model."
              .formatted(itemId, unit.length, dimensions));
    }
    if (entry == null) {
      entry = new Entry(itemId, slots.size(), SPARE * listLength);
      entries.put(itemId, entry);
      slots.add(entry);
      if (blocks.size() * BLOCK < slots.size()) {
        blocks.add(new float[dimensions * BLOCK]);
      }
    } else {
      withdraw(entry);
    }
    entry.gone = false;
    write(entry.slot, unit);
    connect(entry, unit, true);
  }

  /**
   * The items nearest to one, nearest first; none where it has no vector. The caller does not
   * change the list.
   */
  List<Neighbour> of(String itemId) {
    Entry entry = entries.get(itemId);
    if (entry == null) {
      return List.of();
    }
    if (entry.stale) {
      entry.stale = false;
      entry.clear();
      connect(entry, read(entry.slot), false);
    }
    return entry.asked(listLength);
  }

  /** The number of an item that has had a vector, from 0 without gaps; -1 for any other. */
  int number(String itemId) {
    Entry entry = entries.get(itemId);
    return entry == null ? -1 : entry.slot;
  }

  /**
   * Takes an entry out of all lists. One that has left out items, and is now shorter than what is
   * asked for, is made anew when it is.
   */
  private void withdraw(Entry gone) {
    gone.clear();
    gone.stale = false;
    if (alike != null) {
      alike.unlink(gone.slot);
    }
    for (Entry entry : slots) {
      if (entry.remove(gone) && entry.cut && entry.size < listLength) {
        entry.stale = true;
      }
    }
  }

  /** Fills the list of an entry and, if asked, enters it in those of the others. */
  private void connect(Entry entry, float[] unit, boolean both) {
    float[] cosines = new float[BLOCK];
    for (int block = 0; block < blocks.size(); block++) {
      dot(unit, blocks.get(block), cosines);
      int first = block * BLOCK;
      int size = Math.min(BLOCK, slots.size() - first);
      for (int i = 0; i < size; i++) {
        float cosine = cosines[i];
        Entry other = slots.get(first + i);
        if (other == entry || other.gone) {
          continue;
        }
        if (both && alike != null && cosine >= alikeFrom) {
          alike.link(entry.slot, other.slot);
        }
        if (cosine > minCosine) {
          entry.insert(other, cosine);
          if (both && !other.stale) {
            other.insert(entry, cosine);
          }
        }
      }
    }
  }

  /**
   * For each item of a block, the dot product with a vector. Four dimensions at a time, since each
   * pass reads and writes all sums.
   */
  private static void dot(float[] vector, float[] block, float[] products) {
    Arrays.fill(products, 0);
    int d = 0;
    for (; d + 4 <= vector.length; d += 4) {
      addScaled(vector[d], vector[d + 1], vector[d + 2], vector[d + 3], block, d * BLOCK, products);
    }
    for (; d < vector.length; d++) {
      addScaled(vector[d], block, d * BLOCK, products);
    }
  }

  /** By itself, so that the loop compiles to vector instructions. */
  private static void addScaled(
      float a, float b, float c, float d, float[] block, int from, float[] sums) {
    for (int i = 0; i < BLOCK; i++) {
      int at = from + i;
      sums[i] +=
          a * block[at]
              + b * block[at + BLOCK]
              + c * block[at + 2 * BLOCK]
              + d * block[at + 3 * BLOCK];
    }
  }

  private static void addScaled(float factor, float[] block, int from, float[] sums) {
    for (int i = 0; i < BLOCK; i++) {
      sums[i] += factor * block[from + i];
    }
  }

  private void write(int slot, float[] unit) {
    float[] block = blocks.get(slot / BLOCK);
    for (int d = 0; d < unit.length; d++) {
      block[d * BLOCK + slot % BLOCK] = unit[d];
    }
  }

  private float[] read(int slot) {
    float[] block = blocks.get(slot / BLOCK);
    float[] unit = new float[dimensions];
    for (int d = 0; d < dimensions; d++) {
      unit[d] = block[d * BLOCK + slot % BLOCK];
    }
    return unit;
  }

  private static float[] unit(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    if (!(squares > 0) || Double.isInfinite(squares)) {
      return new float[0];
    }
    float scale = (float) (1 / Math.sqrt(squares));
    float[] unit = new float[vector.length];
    for (int d = 0; d < unit.length; d++) {
      unit[d] = vector[d] * scale;
    }
    return unit;
  }
}
