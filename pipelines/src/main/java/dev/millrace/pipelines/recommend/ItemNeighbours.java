package dev.millrace.pipelines.recommend;

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
 * For each item, the items nearest to it by cosine, kept up to date as vectors arrive.
 *
 * <p>A vector that arrives is compared with all others once, and enters their lists where it is
 * near enough. Each product is summed in the same order, so that a cosine has the same bits
 * whichever of the two came first. The lists are exact then, and depend on nothing but the vectors,
 * not on the order in which they came.
 *
 * <p>Above a number of items, it is compared with those only that a {@link NearSearch} finds. What
 * that misses is missing from the lists, or the item from its lists; and they depend on the order,
 * too.
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
  private final int exactUpTo;
  private final BufferAllocator allocator;
  private @Nullable NearSearch search;

  /**
   * Without any items.
   *
   * @param listLength neighbours told of each item
   * @param minCosine only what is nearer than this is a neighbour
   * @param alikeFrom from which cosine on two items are alike
   * @param exactUpTo with so many items at most, the lists are exact
   * @param allocator of the vectors' memory; it stays the caller's
   */
  private ItemNeighbours(
      int listLength,
      double minCosine,
      double alikeFrom,
      int exactUpTo,
      BufferAllocator allocator) {
    this.allocator = allocator;
    this.exactUpTo = exactUpTo;
    this.listLength = listLength;
    this.minCosine = (float) minCosine;
    this.alikeFrom = (float) alikeFrom;
  }

  /**
   * For a feed, without any items.
   *
   * @param allocator of the vectors' memory; it stays the caller's
   */
  static ItemNeighbours of(RecommendSettings settings, BufferAllocator allocator) {
    ShopRules rules = settings.rules();
    return new ItemNeighbours(
        settings.weights().neighbours(),
        settings.weights().minCosine(),
        rules.boundsAlike() ? rules.alikeFrom() : NEVER,
        settings.exactUpTo(),
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
      NearSearch near = searchFor(unit.length, item.itemId);
      if (list == null) {
        list = add(item.itemId);
        change.number = list.number;
      }
      connect(list, unit, near, change);
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
      if (alikeFrom != NEVER && !search().isGone(list.number)) {
        change.alike = alikeBefore(list);
      }
      all.add(change);
    }
    return all;
  }

  private NearestList add(String itemId) {
    NearestList list = new NearestList(itemId, byNumber.size(), SPARE * listLength);
    lists.put(itemId, list);
    byNumber.add(list);
    return list;
  }

  private NearSearch searchFor(int dimension, String itemId) {
    NearSearch all = search;
    if (all == null) {
      all = new NearSearch(allocator, dimension, exactUpTo);
      search = all;
    } else if (all.dimension() != dimension) {
      throw new IllegalArgumentException(
          "The vector of item '%s' has %d values, those before it had %d: embed all items with one model."
              .formatted(itemId, dimension, all.dimension()));
    }
    return all;
  }

  /** There are items. */
  private NearSearch search() {
    return Objects.requireNonNull(search);
  }

  /**
   * Takes an item out of all lists. One that has left out items, and is now shorter than what is
   * told of it, is made anew.
   */
  private void withdraw(NearestList gone, List<NearItems> changes) {
    gone.clear();
    search().remove(gone.number);
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

  private void connect(NearestList list, float[] unit, NearSearch near, NearItems change) {
    NumbersWithCosines entered = new NumbersWithCosines();
    NumbersWithCosines alike = new NumbersWithCosines();
    near.put(
        list.number,
        unit,
        (number, cosine) -> {
          if (cosine >= alikeFrom) {
            alike.add(number, cosine);
          }
          if (cosine > minCosine) {
            NearestList other = byNumber.get(number);
            list.insert(other, cosine);
            if (other.insert(list, cosine) < listLength) {
              entered.add(number, cosine);
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
    search()
        .near(
            list.number,
            (number, cosine) -> {
              if (cosine > minCosine) {
                list.insert(byNumber.get(number), cosine);
              }
            });
  }

  /** Of each pair that is alike one is told: by the one with the higher number. */
  private int[] alikeBefore(NearestList list) {
    NumbersWithCosines alike = new NumbersWithCosines();
    search()
        .near(
            list.number,
            (number, cosine) -> {
              if (cosine >= alikeFrom && number < list.number) {
                alike.add(number, cosine);
              }
            });
    return alike.numbers();
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
    out.writeInt(search == null ? 0 : search.dimension());
    out.writeInt(byNumber.size());
    for (NearestList list : byNumber) {
      StringValue.writeString(list.itemId, out);
      search().writeItem(list.number, out);
    }
    for (NearestList list : byNumber) {
      list.write(out);
    }
    if (search != null) {
      search.writeLinks(out);
    }
  }

  /**
   * Takes in what {@link #write} wrote. Called once, before anything else.
   *
   * @param hasLinks whether it was written by a Millrace that writes the links of a graph
   * @return whether the lists are what they were; if not, since what is asked for is not what it
   *     was, {@link #all} are to be told
   */
  boolean restore(DataInputView in, boolean hasLinks) throws IOException {
    int oldLength = in.readInt();
    float oldMin = in.readFloat();
    float oldAlike = in.readFloat();
    int dimension = in.readInt();
    int count = in.readInt();
    for (int number = 0; number < count; number++) {
      String itemId = StringValue.readString(in);
      add(itemId);
      searchFor(dimension, itemId).readItem(in);
    }
    boolean sameLists = oldLength == listLength && oldMin == minCosine;
    for (NearestList list : byNumber) {
      if (sameLists) {
        list.read(in, byNumber);
      } else {
        NearestList.skip(in);
      }
    }
    if (search != null && hasLinks) {
      search.readLinks(in);
    }
    if (!sameLists) {
      byNumber.stream().filter(list -> !search().isGone(list.number)).forEach(this::fill);
    }
    return sameLists && oldAlike == alikeFrom;
  }

  @Override
  public void close() {
    if (search != null) {
      search.close();
    }
  }
}
