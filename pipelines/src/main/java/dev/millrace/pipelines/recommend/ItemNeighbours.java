package dev.millrace.pipelines.recommend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * For each item, the items nearest to it by cosine: exact, and kept up to date as vectors arrive.
 *
 * <p>A vector that arrives is compared with all others once, and enters their lists where it is
 * near enough. The vectors lie in blocks, one dimension after the other, so that a block's dot
 * products are sums side by side: the compiler makes vector instructions of that, which it may not
 * do with a single sum. Each product is summed in the same order, so that a cosine has the same
 * bits whichever of the two came first.
 *
 * <p>The lists depend on nothing but the vectors, not on the order in which they came.
 */
final class ItemNeighbours {
  /** Items in a block: a few KiB of sums, which stay in the first-level cache. */
  private static final int BLOCK = 256;

  /** So many times what is told of a list is kept of it. */
  private static final int SPARE = 2;

  /** From which cosine on two are alike where nobody asks. */
  private static final float NEVER = Float.POSITIVE_INFINITY;

  private final int listLength;
  private final float minCosine;
  private final float alikeFrom;
  private final Map<String, NearestList> lists = new HashMap<>();
  private final List<NearestList> byNumber = new ArrayList<>();
  private final List<float[]> blocks = new ArrayList<>();
  private int dimensions;

  /** Without looking at what is alike. */
  ItemNeighbours(int listLength, double minCosine) {
    this(listLength, minCosine, NEVER);
  }

  /**
   * Without any items.
   *
   * @param listLength neighbours told of each item
   * @param minCosine only what is nearer than this is a neighbour
   * @param alikeFrom from which cosine on two items are alike
   */
  ItemNeighbours(int listLength, double minCosine, double alikeFrom) {
    this.listLength = listLength;
    this.minCosine = (float) minCosine;
    this.alikeFrom = (float) alikeFrom;
  }

  /** For what a shop wants. */
  static ItemNeighbours of(FeedWeights weights, ShopRules rules) {
    return new ItemNeighbours(
        weights.neighbours(), weights.minCosine(), rules.boundsAlike() ? rules.alikeFrom() : NEVER);
  }

  /**
   * Takes in an item, or its new vector. A vector of no length or with a value that is no number is
   * as if there were none.
   *
   * @return what has changed, in the order in which it is to be applied; without a {@link
   *     NearItems#sequence}. The last one is about the item itself
   */
  List<NearItems> put(EmbeddedItem item) {
    float[] unit = unit(item.vector);
    NearestList list = lists.get(item.itemId);
    List<NearItems> changes = new ArrayList<>();
    NearItems change = new NearItems();
    change.itemId = item.itemId;
    change.title = item.title;
    if (list != null) {
      change.number = list.number;
      change.afresh = true;
      withdraw(list, changes);
    }
    if (unit.length > 0) {
      requireLength(unit, item.itemId);
      if (list == null) {
        list = add(item.itemId);
        change.number = list.number;
      }
      list.gone = false;
      store(list.number, unit);
      connect(list, unit, change);
    }
    changes.add(change);
    return changes;
  }

  /** All lists as they are, and what is alike. */
  List<NearItems> all() {
    List<NearItems> all = new ArrayList<>();
    for (NearestList list : byNumber) {
      NearItems change = told(list);
      change.afresh = true;
      if (!list.gone && alikeFrom != NEVER) {
        change.alike = alikeBefore(list);
      }
      all.add(change);
    }
    return all;
  }

  private void requireLength(float[] unit, String itemId) {
    if (dimensions == 0) {
      dimensions = unit.length;
    } else if (dimensions != unit.length) {
      throw new IllegalArgumentException(
          "The vector of item '%s' has %d values, those before it had %d: embed all items with one model."
              .formatted(itemId, unit.length, dimensions));
    }
  }

  private NearestList add(String itemId) {
    NearestList list = new NearestList(itemId, byNumber.size(), SPARE * listLength);
    lists.put(itemId, list);
    byNumber.add(list);
    if (blocks.size() * BLOCK < byNumber.size()) {
      blocks.add(new float[dimensions * BLOCK]);
    }
    return list;
  }

  /**
   * Takes an item out of all lists. One that has left out items, and is now shorter than what is
   * told of it, is made anew.
   */
  private void withdraw(NearestList gone, List<NearItems> changes) {
    gone.clear();
    gone.gone = true;
    for (NearestList list : byNumber) {
      int place = list.remove(gone);
      if (place < listLength) {
        if (list.cut && list.size < listLength) {
          fill(list);
        }
        changes.add(told(list));
      }
    }
  }

  private NearItems told(NearestList list) {
    NearItems change = new NearItems();
    change.itemId = list.itemId;
    change.number = list.number;
    change.near = list.numbers(listLength);
    change.cosines = list.cosines(listLength);
    return change;
  }

  private interface Pair {
    void accept(NearestList other, float cosine);
  }

  private void connect(NearestList list, float[] unit, NearItems change) {
    NumbersWithCosines entered = new NumbersWithCosines();
    NumbersWithCosines alike = new NumbersWithCosines();
    forEachOther(
        list,
        unit,
        (other, cosine) -> {
          if (cosine >= alikeFrom) {
            alike.add(other.number, cosine);
          }
          if (cosine > minCosine) {
            list.insert(other, cosine);
            if (other.insert(list, cosine) < listLength) {
              entered.add(other.number, cosine);
            }
          }
        });
    change.near = list.numbers(listLength);
    change.cosines = list.cosines(listLength);
    change.entered = entered.numbers();
    change.enteredCosines = entered.cosines();
    change.alike = alike.numbers();
  }

  private void fill(NearestList list) {
    list.clear();
    forEachOther(
        list,
        read(list.number),
        (other, cosine) -> {
          if (cosine > minCosine) {
            list.insert(other, cosine);
          }
        });
  }

  /** Of each pair that is alike one is told: by the one with the higher number. */
  private int[] alikeBefore(NearestList list) {
    NumbersWithCosines alike = new NumbersWithCosines();
    forEachOther(
        list,
        read(list.number),
        (other, cosine) -> {
          if (cosine >= alikeFrom && other.number < list.number) {
            alike.add(other.number, cosine);
          }
        });
    return alike.numbers();
  }

  private void forEachOther(NearestList list, float[] unit, Pair pair) {
    float[] cosines = new float[BLOCK];
    for (int block = 0; block < blocks.size(); block++) {
      dot(unit, blocks.get(block), cosines);
      int first = block * BLOCK;
      int size = Math.min(BLOCK, byNumber.size() - first);
      for (int i = 0; i < size; i++) {
        NearestList other = byNumber.get(first + i);
        if (other != list && !other.gone) {
          pair.accept(other, cosines[i]);
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

  private void store(int slot, float[] unit) {
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

  /** Writes all that is known. */
  void write(DataOutputView out) throws IOException {
    out.writeInt(listLength);
    out.writeFloat(minCosine);
    out.writeFloat(alikeFrom);
    out.writeInt(dimensions);
    out.writeInt(byNumber.size());
    for (NearestList list : byNumber) {
      StringValue.writeString(list.itemId, out);
      out.writeBoolean(list.gone);
      for (float value : read(list.number)) {
        out.writeFloat(value);
      }
    }
    for (NearestList list : byNumber) {
      list.write(out);
    }
  }

  /**
   * Takes in what {@link #write} wrote. Called once, before anything else.
   *
   * @return whether the lists are what they were; if not, since what is asked for is not what it
   *     was, {@link #all} are to be told
   */
  boolean restore(DataInputView in) throws IOException {
    int oldLength = in.readInt();
    float oldMin = in.readFloat();
    float oldAlike = in.readFloat();
    dimensions = in.readInt();
    int count = in.readInt();
    for (int number = 0; number < count; number++) {
      NearestList list = add(StringValue.readString(in));
      list.gone = in.readBoolean();
      float[] unit = new float[dimensions];
      for (int d = 0; d < dimensions; d++) {
        unit[d] = in.readFloat();
      }
      store(number, unit);
    }
    boolean sameLists = oldLength == listLength && oldMin == minCosine;
    for (NearestList list : byNumber) {
      if (sameLists) {
        list.read(in, byNumber);
      } else {
        NearestList.skip(in);
      }
    }
    if (!sameLists) {
      byNumber.stream().filter(list -> !list.gone).forEach(this::fill);
    }
    return sameLists && oldAlike == alikeFrom;
  }
}
