package dev.millrace.pipelines.recommend;

import dev.millrace.pipelines.vectors.VectorBlocks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;
import org.jspecify.annotations.Nullable;

/**
 * For each item, the items nearest to it by cosine: exact, and kept up to date as vectors arrive.
 *
 * <p>A vector that arrives is compared with all others once, and enters their lists where it is
 * near enough. The vectors lie off-heap. Each product is summed in the same order, so that a cosine
 * has the same bits whichever of the two came first.
 *
 * <p>The lists depend on nothing but the vectors, not on the order in which they came.
 *
 * <p>Its owner closes it. Used by one thread.
 */
final class ItemNeighbours implements AutoCloseable {
  /** So many times what is told of a list is kept of it. */
  private static final int SPARE = 2;

  /** From which cosine on two are alike where nobody asks. */
  private static final float NEVER = Float.POSITIVE_INFINITY;

  private final int listLength;
  private final float minCosine;
  private final float alikeFrom;
  private final Map<String, NearestList> lists = new HashMap<>();
  private final List<NearestList> byNumber = new ArrayList<>();
  private final BufferAllocator allocator;
  private @Nullable VectorBlocks vectors;

  /**
   * Without any items.
   *
   * @param listLength neighbours told of each item
   * @param minCosine only what is nearer than this is a neighbour
   * @param alikeFrom from which cosine on two items are alike
   * @param allocator of the vectors' memory; it stays the caller's
   */
  private ItemNeighbours(
      int listLength, double minCosine, double alikeFrom, BufferAllocator allocator) {
    this.allocator = allocator;
    this.listLength = listLength;
    this.minCosine = (float) minCosine;
    this.alikeFrom = (float) alikeFrom;
  }

  /**
   * For what a shop wants, without any items.
   *
   * @param allocator of the vectors' memory; it stays the caller's
   */
  static ItemNeighbours of(FeedWeights weights, ShopRules rules, BufferAllocator allocator) {
    return new ItemNeighbours(
        weights.neighbours(),
        weights.minCosine(),
        rules.boundsAlike() ? rules.alikeFrom() : NEVER,
        allocator);
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
      if (list == null) {
        list = add(item.itemId, unit);
        change.number = list.number;
      } else {
        vectorsFor(unit, item.itemId).set(list.number, unit);
      }
      list.gone = false;
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

  private NearestList add(String itemId, float[] unit) {
    vectorsFor(unit, itemId).add(unit);
    NearestList list = new NearestList(itemId, byNumber.size(), SPARE * listLength);
    lists.put(itemId, list);
    byNumber.add(list);
    return list;
  }

  private VectorBlocks vectorsFor(float[] unit, String itemId) {
    VectorBlocks all = vectors;
    if (all == null) {
      all = new VectorBlocks(allocator, unit.length);
      vectors = all;
    } else if (all.dimension() != unit.length) {
      throw new IllegalArgumentException(
          "The vector of item '%s' has %d values, those before it had %d: embed all items with one model."
              .formatted(itemId, unit.length, all.dimension()));
    }
    return all;
  }

  private float[] vector(NearestList list) {
    return Objects.requireNonNull(vectors).get(list.number);
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
        vector(list),
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
        vector(list),
        (other, cosine) -> {
          if (cosine >= alikeFrom && other.number < list.number) {
            alike.add(other.number, cosine);
          }
        });
    return alike.numbers();
  }

  private void forEachOther(NearestList list, float[] unit, Pair pair) {
    VectorBlocks all = Objects.requireNonNull(vectors);
    float[] block = new float[VectorBlocks.ITEMS * all.dimension()];
    float[] cosines = new float[VectorBlocks.ITEMS];
    for (int b = 0; b < all.blocks(); b++) {
      all.copyBlock(b, block);
      VectorBlocks.multiply(block, unit, cosines);
      int first = b * VectorBlocks.ITEMS;
      for (int i = 0; i < all.itemsIn(b); i++) {
        NearestList other = byNumber.get(first + i);
        if (other != list && !other.gone) {
          pair.accept(other, cosines[i]);
        }
      }
    }
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
    out.writeInt(vectors == null ? 0 : vectors.dimension());
    out.writeInt(byNumber.size());
    for (NearestList list : byNumber) {
      StringValue.writeString(list.itemId, out);
      out.writeBoolean(list.gone);
      for (float value : vector(list)) {
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
    int dimension = in.readInt();
    int count = in.readInt();
    for (int number = 0; number < count; number++) {
      String itemId = StringValue.readString(in);
      boolean gone = in.readBoolean();
      float[] unit = new float[dimension];
      for (int d = 0; d < dimension; d++) {
        unit[d] = in.readFloat();
      }
      add(itemId, unit).gone = gone;
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

  @Override
  public void close() {
    if (vectors != null) {
      vectors.close();
    }
  }
}
