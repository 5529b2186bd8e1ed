package dev.millrace.pipelines.sql.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.util.IOUtils;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.NeighborArray;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.jspecify.annotations.Nullable;

/**
 * A graph that is done, off-heap, in a part of the memory in which it was built: the links that
 * there are, without their scores and the room for more.
 *
 * <p>Read by any number of threads, each through a {@link #reader} of its own.
 */
final class StoredGraph implements AutoCloseable {

  private final int size;
  private final int entry;

  /** The lowest first. */
  private final List<Level> levels = new ArrayList<>();

  /** Takes down the links of a graph, which can be forgotten afterwards. */
  StoredGraph(OnHeapHnswGraph graph, BufferAllocator allocator) {
    this.size = graph.size();
    this.entry = graph.entryNode();
    int count = size == 0 ? 0 : graph.numLevels();
    try {
      for (int level = 0; level < count; level++) {
        levels.add(new Level(graph, level, allocator));
      }
    } catch (RuntimeException | Error failed) {
      IOUtils.closeQuietly(this);
      throw failed;
    }
  }

  /** A view for one search. */
  HnswGraph reader() {
    return new Reader();
  }

  /** Those to which no links lead from where a search begins: it can find none of them. */
  int[] unreachable() {
    if (size == 0) {
      return new int[0];
    }
    BitSet reached = new BitSet(size);
    int[] waiting = new int[size];
    int count = 0;
    Reader reader = new Reader();
    reached.set(entry);
    waiting[count++] = entry;
    while (count > 0) {
      reader.seek(0, waiting[--count]);
      for (int next = reader.nextNeighbor();
          next != DocIdSetIterator.NO_MORE_DOCS;
          next = reader.nextNeighbor()) {
        if (!reached.get(next)) {
          reached.set(next);
          waiting[count++] = next;
        }
      }
    }
    reached.flip(0, size);
    return reached.stream().toArray();
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(levels);
  }

  /** The links of one level. */
  private static final class Level implements AutoCloseable {

    /** The vectors that are on the level, in ascending order; null if all are. */
    private final int @Nullable [] members;

    /** By place among them: where the links begin; and where the last ones end. */
    private final ArrowBuf begins;

    private final ArrowBuf links;

    Level(OnHeapHnswGraph graph, int level, BufferAllocator allocator) {
      members = level == 0 ? null : members(graph, level);
      int count = members == null ? graph.size() : members.length;
      long total = 0;
      for (int place = 0; place < count; place++) {
        total += graph.getNeighbors(level, member(place)).size();
      }
      begins = allocator.buffer((count + 1L) * Long.BYTES);
      try {
        links = allocator.buffer(Math.max(1, total) * Integer.BYTES);
      } catch (RuntimeException | Error failed) {
        begins.close();
        throw failed;
      }
      long end = 0;
      for (int place = 0; place < count; place++) {
        begins.setLong((long) place * Long.BYTES, end);
        NeighborArray near = graph.getNeighbors(level, member(place));
        int[] nodes = near.nodes();
        for (int i = 0; i < near.size(); i++) {
          links.setInt(end++ * Integer.BYTES, nodes[i]);
        }
      }
      begins.setLong((long) count * Long.BYTES, end);
    }

    private static int[] members(OnHeapHnswGraph graph, int level) {
      HnswGraph.NodesIterator nodes = graph.getNodesOnLevel(level);
      int[] members = new int[nodes.size()];
      for (int i = 0; i < members.length; i++) {
        members[i] = nodes.nextInt();
      }
      Arrays.sort(members);
      return members;
    }

    private int member(int place) {
      return members == null ? place : members[place];
    }

    private int place(int vector) {
      return members == null ? vector : Arrays.binarySearch(members, vector);
    }

    long begin(int vector) {
      return begins.getLong((long) place(vector) * Long.BYTES);
    }

    long end(int vector) {
      return begins.getLong((place(vector) + 1L) * Long.BYTES);
    }

    int link(long at) {
      return links.getInt(at * Integer.BYTES);
    }

    @Override
    public void close() {
      begins.close();
      links.close();
    }
  }

  private final class Reader extends HnswGraph {

    private Level level = levels.get(0);
    private long next;
    private long end;

    @Override
    public void seek(int number, int vector) {
      level = levels.get(number);
      next = level.begin(vector);
      end = level.end(vector);
    }

    @Override
    public int nextNeighbor() {
      return next < end ? level.link(next++) : DocIdSetIterator.NO_MORE_DOCS;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public int numLevels() {
      return levels.size();
    }

    @Override
    public int entryNode() {
      return entry;
    }

    @Override
    public NodesIterator getNodesOnLevel(int number) {
      int[] members = levels.get(number).members;
      return members == null
          ? new ArrayNodesIterator(size)
          : new ArrayNodesIterator(members, members.length);
    }
  }
}
