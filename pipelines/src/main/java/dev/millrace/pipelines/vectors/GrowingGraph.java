package dev.millrace.pipelines.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.IOUtils;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraphBuilder.GraphBuilderKnnCollector;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.NeighborQueue;
import org.apache.lucene.util.hnsw.RandomVectorScorer;

/**
 * A graph over vectors of length 1, of those near each other, along which a search finds most of
 * the nearest: a hierarchical navigable small world whose vectors come and go one at a time. Lucene
 * searches it; its links are kept here, since Lucene's own graphs lose no vector and do not go on
 * from a checkpoint as they would have without.
 *
 * <p>Links go both ways, so a vector that goes is known to all that link to it. They are then
 * linked among each other along the shortest tree between them, so that none is cut off.
 *
 * <p>The same vectors that come and go in the same order make the same graph, also if it was
 * written and read in between. The links lie off-heap, 128 bytes a vector and a sixteenth more.
 *
 * <p>Its owner closes it. Used by one thread.
 */
public final class GrowingGraph implements AutoCloseable {

  private static final int NONE = SameVectors.NONE;

  /** Links that a vector comes with, on each level. */
  private static final int LINKS = 16;

  /** Links that it may get, on each level; with their number, a power of two. */
  private static final int MOST_LINKS = 2 * LINKS - 1;

  /** One vector in sixteen, the number of links, is on the next level, too. */
  private static final int BITS_A_LEVEL = 4;

  /** Equal vectors have products that differ by rounding from the nearest one's. */
  private static final float ROUNDING = 1e-5f;

  private final VectorBlocks vectors;
  private final BufferAllocator allocator;
  private final int candidates;

  /** The lowest first. */
  private final List<LinkLevel> levels = new ArrayList<>();

  private final SameVectors same = new SameVectors();
  private final View view = new View();
  private final HnswGraphSearcher searcher;
  private final float[] compared;
  private final float[][] linked;
  private int entry = NONE;

  /**
   * Without any vectors.
   *
   * @param vectors where they are, best one by one; they stay the caller's
   * @param allocator of the links; it stays the caller's
   * @param candidates how many a search keeps: it finds as many, of which the farthest ones are not
   *     the nearest that there are
   */
  public GrowingGraph(VectorBlocks vectors, BufferAllocator allocator, int candidates) {
    this.vectors = vectors;
    this.allocator = allocator;
    this.candidates = candidates;
    searcher = new HnswGraphSearcher(new NeighborQueue(candidates, true), new FixedBitSet(1));
    compared = new float[vectors.dimension()];
    linked = new float[MOST_LINKS + 1][vectors.dimension()];
  }

  /** What a search has found, nearest first. */
  private static final class Found {
    final int[] nodes;
    final float[] products;

    Found(int count) {
      nodes = new int[count];
      products = new float[count];
    }
  }

  /** Shows what is near to a vector: those that were found, and all that are equal to one. */
  public void near(float[] vector, NearVisitor visitor) {
    show(search(vector), visitor);
  }

  /**
   * Takes in a vector that is not in the graph, and shows what is near to it.
   *
   * @param number of the vector, whose place it has in the blocks
   */
  public void add(int number, NearVisitor visitor) {
    float[] vector = vectors.get(number);
    Found found = search(vector);
    show(found, visitor);
    int equal = equal(vector, found);
    if (equal == NONE) {
      same.found(number);
      link(number, vector, found);
    } else {
      same.join(number, equal);
    }
  }

  /** Takes a vector out. Does nothing where it is not in the graph. */
  public void remove(int number) {
    int node = same.node(number);
    if (node == NONE) {
      return;
    }
    List<Integer> heirs = new ArrayList<>();
    if (node == number) {
      for (int heir = same.next(number); heir != NONE; heir = same.next(heir)) {
        heirs.add(heir);
      }
    }
    same.leave(number);
    if (node == number) {
      unlink(number);
    }
    for (int heir : heirs) {
      if (heir == heirs.get(0)) {
        add(heir, (near, product) -> {});
      } else {
        same.join(heir, same.node(heirs.get(0)));
      }
    }
  }

  private void show(Found found, NearVisitor visitor) {
    for (int i = 0; i < found.nodes.length; i++) {
      for (int number = found.nodes[i]; number != NONE; number = same.next(number)) {
        visitor.accept(number, found.products[i]);
      }
    }
  }

  private Found search(float[] vector) {
    if (entry == NONE) {
      return new Found(0);
    }
    TopKnnCollector nearest = new TopKnnCollector(candidates, Integer.MAX_VALUE);
    try {
      HnswGraphSearcher.search(new ToVector(vector), nearest, view, null);
    } catch (IOException impossible) {
      throw new UncheckedIOException("A graph in memory could not be read", impossible);
    }
    ScoreDoc[] scored = nearest.topDocs().scoreDocs;
    Found found = new Found(scored.length);
    for (int i = 0; i < scored.length; i++) {
      found.nodes[i] = scored[i].doc;
      found.products[i] = scored[i].score;
    }
    return found;
  }

  /** The node with the same vector; {@link #NONE} without one. */
  private int equal(float[] vector, Found found) {
    for (int i = 0;
        i < found.nodes.length && found.products[i] >= found.products[0] - ROUNDING;
        i++) {
      vectors.copyVector(found.nodes[i], compared);
      if (Arrays.equals(vector, compared)) {
        return found.nodes[i];
      }
    }
    return NONE;
  }

  /** On which level a vector is at most: by its number, and as if by chance. */
  private static int levelOf(int number) {
    // SplitMix64.
    long mixed = (number + 1L) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed ^= mixed >>> 31;
    return Long.numberOfTrailingZeros(mixed) / BITS_A_LEVEL;
  }

  private void link(int number, float[] vector, Found found) {
    int level = levelOf(number);
    while (levels.size() <= level) {
      levels.add(new LinkLevel(allocator, MOST_LINKS, levels.isEmpty()));
    }
    for (int i = 0; i <= level; i++) {
      levels.get(i).enter(number);
    }
    if (entry == NONE) {
      entry = number;
      return;
    }
    linkAbove(number, level, vector);
    link(levels.get(0), number, found);
    if (level > levelOf(entry)) {
      entry = number;
    }
  }

  private void linkAbove(int number, int level, float[] vector) {
    ToVector nearness = new ToVector(vector);
    int[] from = {entry};
    try {
      for (int above = levelOf(entry); above > 0 && level > 0; above--) {
        int most = above > level ? 1 : candidates;
        GraphBuilderKnnCollector nearest = searcher.searchLevel(nearness, most, above, from, view);
        Found found = new Found(nearest.size());
        for (int i = found.nodes.length - 1; i >= 0; i--) {
          found.nodes[i] = nearest.popNode();
          found.products[i] = nearness.score(found.nodes[i]);
        }
        if (above <= level) {
          link(levels.get(above), number, found);
        }
        from = found.nodes;
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException("A graph in memory could not be read", impossible);
    }
  }

  /** Links a vector to some that are near to it, in different directions. */
  private void link(LinkLevel level, int number, Found found) {
    float[][] chosen = new float[LINKS][];
    int[] others = new int[LINKS];
    int count = 0;
    for (int i = 0; i < found.nodes.length && count < LINKS; i++) {
      float[] vector = vectors.get(found.nodes[i]);
      if (isNearestTo(vector, found.products[i], chosen, count)) {
        chosen[count] = vector;
        others[count] = found.nodes[i];
        count++;
      }
    }
    for (int i = 0; i < count; i++) {
      connect(level, number, others[i]);
    }
  }

  /** Whether none of the first of some vectors is as near to one as that is to something else. */
  private static boolean isNearestTo(float[] vector, float product, float[][] others, int count) {
    for (int i = 0; i < count; i++) {
      if (VectorBlocks.product(others[i], vector) >= product) {
        return false;
      }
    }
    return true;
  }

  private void connect(LinkLevel level, int one, int other) {
    if (!level.links(one, other) && hasRoom(level, one, other) && hasRoom(level, other, one)) {
      level.connect(one, other);
    }
  }

  /**
   * Whether a node has room for a link, for which it may lose another one: the farthest that has
   * something nearer in its direction. What it loses, or has no room for, is linked to another one
   * that it is linked to, so that none is cut off.
   */
  private boolean hasRoom(LinkLevel level, int node, int coming) {
    if (level.room(node) > 0) {
      return true;
    }
    int count = level.count(node) + 1;
    int[] nodes = new int[count];
    float[] products = new float[count];
    vectors.copyVector(node, compared);
    for (int i = 0; i < count; i++) {
      int other = i < count - 1 ? level.link(node, i) : coming;
      float[] vector = linked[i];
      vectors.copyVector(other, vector);
      float product = VectorBlocks.product(vector, compared);
      int at = i;
      for (; at > 0 && products[at - 1] < product; at--) {
        products[at] = products[at - 1];
        nodes[at] = nodes[at - 1];
        linked[at] = linked[at - 1];
      }
      products[at] = product;
      nodes[at] = other;
      linked[at] = vector;
    }
    int lost = count - 1;
    for (int i = count - 1; i > 0; i--) {
      if (!isNearestTo(linked[i], products[i], linked, i)) {
        lost = i;
        break;
      }
    }
    if (nodes[lost] != coming) {
      level.disconnect(node, nodes[lost]);
    }
    keep(level, nodes, lost);
    return nodes[lost] != coming;
  }

  /**
   * Links one of some to the nearest of the others, if it is linked to none of them. Each keeps
   * room for one link more: for the one that is being made.
   */
  private void keep(LinkLevel level, int[] nodes, int lost) {
    int nearest = NONE;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      if (i == lost) {
        continue;
      }
      if (level.links(nodes[lost], nodes[i])) {
        return;
      }
      float product = VectorBlocks.product(linked[i], linked[lost]);
      if (product > most && level.room(nodes[i]) > 1) {
        nearest = nodes[i];
        most = product;
      }
    }
    if (nearest != NONE && level.room(nodes[lost]) > 0) {
      level.connect(nodes[lost], nearest);
    }
  }

  private void unlink(int number) {
    for (int i = levelOf(number); i >= 0; i--) {
      LinkLevel level = levels.get(i);
      int[] others = new int[level.count(number)];
      for (int at = 0; at < others.length; at++) {
        others[at] = level.link(number, at);
      }
      for (int other : others) {
        level.disconnect(number, other);
      }
      bridge(level, others);
    }
    if (entry == number) {
      entry = highest();
    }
  }

  /** Links some vectors to each other along their shortest spanning tree, which is Prim's. */
  private void bridge(LinkLevel level, int[] nodes) {
    float[][] its = new float[nodes.length][];
    for (int i = 0; i < nodes.length; i++) {
      its[i] = vectors.get(nodes[i]);
    }
    float[] products = new float[nodes.length];
    int[] nearest = new int[nodes.length];
    boolean[] reached = new boolean[nodes.length];
    Arrays.fill(products, Float.NEGATIVE_INFINITY);
    int last = 0;
    for (int count = 1; count < nodes.length; count++) {
      reached[last] = true;
      int next = NONE;
      for (int i = 0; i < nodes.length; i++) {
        if (reached[i]) {
          continue;
        }
        float product = VectorBlocks.product(its[last], its[i]);
        if (product > products[i]) {
          products[i] = product;
          nearest[i] = last;
        }
        if (next == NONE || products[i] > products[next]) {
          next = i;
        }
      }
      connect(level, nodes[next], nodes[nearest[next]]);
      last = next;
    }
  }

  /** A node on the highest level that has any. */
  private int highest() {
    for (int i = levels.size() - 1; i >= 0; i--) {
      LinkLevel level = levels.get(i);
      for (int place = 0; place < level.size(); place++) {
        int member = level.member(place);
        if (same.node(member) == member) {
          return member;
        }
      }
    }
    return NONE;
  }

  /** Writes the links. */
  public void write(DataOutputView out) throws IOException {
    out.writeInt(LINKS);
    out.writeInt(entry);
    same.write(out);
    out.writeInt(levels.size());
    for (LinkLevel level : levels) {
      level.write(out);
    }
  }

  /**
   * Takes in what {@link #write} wrote, before anything else; the vectors are where they were.
   *
   * @return false where a graph is made otherwise now: then nothing was taken in, and what is
   *     behind it cannot be read
   */
  public boolean read(DataInputView in) throws IOException {
    if (in.readInt() != LINKS) {
      return false;
    }
    entry = in.readInt();
    same.read(in);
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      LinkLevel level = new LinkLevel(allocator, MOST_LINKS, i == 0);
      levels.add(level);
      level.read(in);
    }
    return true;
  }

  @Override
  public void close() {
    IOUtils.closeAllQuietly(levels);
  }

  /** How near the vectors of the graph are to one. */
  private final class ToVector implements RandomVectorScorer {

    private final float[] wanted;
    private final float[] other;

    ToVector(float[] wanted) {
      this.wanted = wanted;
      this.other = new float[wanted.length];
    }

    @Override
    public float score(int node) {
      vectors.copyVector(node, other);
      return VectorBlocks.product(other, wanted);
    }

    @Override
    public int maxOrd() {
      return view.size();
    }
  }

  /** The graph as Lucene's search reads it. */
  private final class View extends HnswGraph {

    private LinkLevel level = new LinkLevel(allocator, MOST_LINKS, true);
    private int node;
    private int next;
    private int count;

    @Override
    public void seek(int number, int target) {
      level = levels.get(number);
      node = target;
      next = 0;
      count = level.count(target);
    }

    @Override
    public int nextNeighbor() {
      return next < count ? level.link(node, next++) : DocIdSetIterator.NO_MORE_DOCS;
    }

    @Override
    public int size() {
      return levels.isEmpty() ? 0 : levels.get(0).size();
    }

    @Override
    public int numLevels() {
      return levelOf(entry) + 1;
    }

    @Override
    public int entryNode() {
      return entry;
    }

    @Override
    public NodesIterator getNodesOnLevel(int number) {
      throw new UnsupportedOperationException("A search does not ask for the nodes of a level.");
    }
  }
}
