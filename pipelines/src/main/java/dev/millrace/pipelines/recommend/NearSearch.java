package dev.millrace.pipelines.recommend;

import dev.millrace.pipelines.vectors.GrowingGraph;
import dev.millrace.pipelines.vectors.NearVisitor;
import dev.millrace.pipelines.vectors.VectorBlocks;
import java.io.IOException;
import java.util.BitSet;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of the feed's items, of length 1 and off-heap, and which of them are near to one. Up
 * to a number of items it is exact: all are shown. Above, those are that a search along a graph
 * finds.
 *
 * <p>No task waits for a graph to be built. It begins when there are half as many items as that
 * number, and from then on each item that comes takes two into it, so that it has all when it is
 * needed. Where it has not, since an earlier state had none, the search stays exact until it has.
 * What is in it, and so what is found, follows from the items and their order alone.
 *
 * <p>Its owner closes it. Used by one thread.
 */
final class NearSearch implements AutoCloseable {

  /** At least five times the neighbours that are told of an item. */
  private static final int CANDIDATES = 200;

  /** Items that each item takes into the graph, itself included. */
  private static final int AT_ONCE = 2;

  /** The same where the graph is late: about as much work as the exact search that it ends. */
  private static final int AT_ONCE_LATE = 16;

  private final BufferAllocator allocator;
  private final int exactUpTo;
  private final VectorBlocks vectors;
  private final BitSet gone = new BitSet();
  private @Nullable GrowingGraph graph;

  /** All items before this one that are not gone are in the graph. */
  private int linkedUpTo;

  /**
   * Without any items.
   *
   * @param allocator of all memory; it stays the caller's
   * @param dimension numbers in each vector
   */
  NearSearch(BufferAllocator allocator, int dimension, int exactUpTo) {
    this.allocator = allocator;
    this.exactUpTo = exactUpTo;
    vectors = new VectorBlocks(allocator, dimension);
  }

  int dimension() {
    return vectors.dimension();
  }

  /** How many items there are, those that are gone included. */
  int size() {
    return vectors.size();
  }

  boolean isGone(int number) {
    return gone.get(number);
  }

  /**
   * Takes in an item, and shows it what is near.
   *
   * @param number of an item that is gone, or {@link #size} for one more
   */
  void put(int number, float[] unit, NearVisitor visitor) {
    int before = size();
    if (number == before) {
      vectors.add(unit);
    } else {
      vectors.set(number, unit);
      gone.clear(number);
    }
    GrowingGraph links = graph;
    if (links != null && size() > exactUpTo && linkedUpTo == before) {
      links.add(number, visitor);
      linkedUpTo = size();
      return;
    }
    all(number, unit, visitor);
    if (links != null && number < linkedUpTo) {
      links.add(number, NearSearch::ignore);
    }
    linkMore();
  }

  /** Shows an item what is near. */
  void near(int number, NearVisitor visitor) {
    float[] unit = vectors.get(number);
    if (graph != null && size() > exactUpTo && linkedUpTo == size()) {
      graph.near(
          unit,
          (other, cosine) -> {
            if (other != number) {
              visitor.accept(other, cosine);
            }
          });
    } else {
      all(number, unit, visitor);
    }
  }

  /** An item goes; it keeps its number. */
  void remove(int number) {
    gone.set(number);
    if (graph != null) {
      graph.remove(number);
    }
  }

  private void all(int number, float[] unit, NearVisitor visitor) {
    float[] block = new float[VectorBlocks.ITEMS * dimension()];
    float[] cosines = new float[VectorBlocks.ITEMS];
    for (int b = 0; b < vectors.blocks(); b++) {
      vectors.multiply(b, unit, block, cosines);
      int first = b * VectorBlocks.ITEMS;
      for (int i = 0; i < vectors.itemsIn(b); i++) {
        if (first + i != number && !gone.get(first + i)) {
          visitor.accept(first + i, cosines[i]);
        }
      }
    }
  }

  private void linkMore() {
    if (!wantsGraph()) {
      return;
    }
    GrowingGraph links = graph == null ? begin() : graph;
    int most = size() > exactUpTo ? AT_ONCE_LATE : AT_ONCE;
    for (int i = 0; i < most && linkedUpTo < size(); i++) {
      if (!gone.get(linkedUpTo)) {
        links.add(linkedUpTo, NearSearch::ignore);
      }
      linkedUpTo++;
    }
  }

  private boolean wantsGraph() {
    return size() > exactUpTo / 2;
  }

  private GrowingGraph begin() {
    vectors.layOneByOne();
    GrowingGraph begun = new GrowingGraph(vectors, allocator, CANDIDATES);
    graph = begun;
    return begun;
  }

  private static void ignore(int number, float cosine) {}

  /** Writes an item. */
  void writeItem(int number, DataOutputView out) throws IOException {
    out.writeBoolean(gone.get(number));
    for (float value : vectors.get(number)) {
      out.writeFloat(value);
    }
  }

  /** Takes in the next item, as {@link #writeItem} wrote it. */
  void readItem(DataInputView in) throws IOException {
    gone.set(size(), in.readBoolean());
    float[] unit = new float[dimension()];
    for (int d = 0; d < unit.length; d++) {
      unit[d] = in.readFloat();
    }
    vectors.add(unit);
  }

  /** Writes the links of the graph, if there are any. */
  void writeLinks(DataOutputView out) throws IOException {
    out.writeBoolean(graph != null);
    if (graph != null) {
      out.writeInt(linkedUpTo);
      graph.write(out);
    }
  }

  /**
   * Takes in what {@link #writeLinks} wrote, behind all items. Where it is of no use, it is left
   * unread.
   */
  void readLinks(DataInputView in) throws IOException {
    if (in.readBoolean() && wantsGraph()) {
      int upTo = in.readInt();
      if (begin().read(in)) {
        linkedUpTo = upTo;
      }
    }
  }

  @Override
  public void close() {
    if (graph != null) {
      graph.close();
    }
    vectors.close();
  }
}
