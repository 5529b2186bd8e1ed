package dev.millrace.pipelines.sql.index;

import dev.millrace.pipelines.vectors.VectorBlocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph over vectors, of those near each other, along which a search finds most of the nearest: a
 * hierarchical navigable small world, as Lucene builds and searches it. The vectors stay where they
 * are.
 *
 * <p>Safe for use by several threads.
 */
final class VectorGraph implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(VectorGraph.class);

  /** A search through the graph looks at about so many vectors for each candidate. */
  private static final int LOOKED_AT_PER_CANDIDATE = 8;

  private final DistinctVectors distinct;
  private final GraphVectors vectors;
  private final StoredGraph graph;

  /**
   * Vectors that no link leads to, and that each search looks at. There are few by cosine. By inner
   * product there are many, the short ones: they are hardly ever the nearest of anything.
   */
  private final int[] apart;

  private final int efSearch;

  private VectorGraph(
      DistinctVectors distinct,
      GraphVectors vectors,
      StoredGraph graph,
      Metric metric,
      int efSearch) {
    this.distinct = distinct;
    this.vectors = vectors;
    this.graph = graph;
    this.apart = metric == Metric.COSINE ? graph.unreachable() : new int[0];
    this.efSearch = efSearch;
  }

  /**
   * Builds the graph of some vectors, on all processors. Lays the vectors one by one.
   *
   * @param name what the log calls them
   * @param vectors stay the caller's, who closes them after the graph
   * @param scales what a product with each is multiplied with
   * @throws InterruptedException if the thread is interrupted; nothing goes on then
   */
  static VectorGraph build(
      String name,
      VectorBlocks vectors,
      float[] scales,
      Metric metric,
      GraphSettings settings,
      BufferAllocator allocator)
      throws InterruptedException, IOException {
    long began = System.nanoTime();
    vectors.layOneByOne();
    DistinctVectors distinct = DistinctVectors.of(vectors);
    if (distinct.unfit() > 0) {
      LOG.warn(
          "{} items of {} have a vector with a value that is no number, and are never found.",
          distinct.unfit(),
          name);
    }
    GraphVectors inGraph = new GraphVectors(vectors, distinct, scales);
    StoredGraph stored = new StoredGraph(GraphBuild.build(name, inGraph, settings), allocator);
    VectorGraph graph = new VectorGraph(distinct, inGraph, stored, metric, settings.efSearch());
    LOG.info(
        "The graph of {} links {} different vectors of {} items. It took {} s.",
        name,
        distinct.size(),
        vectors.size(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
    return graph;
  }

  /** Whether the graph finds what is near a vector, and looks at fewer than all in doing so. */
  boolean serves(float[] vector, int most) {
    double squares = DistinctVectors.squares(vector);
    return squares > 0
        && Double.isFinite(squares)
        && (long) candidates(most) * LOOKED_AT_PER_CANDIDATE < distinct.size();
  }

  private int candidates(int most) {
    return Math.max(most, efSearch);
  }

  /**
   * Items that are near a vector; in ascending order, more than were asked for, and of those that
   * have the same vector all.
   */
  int[] near(float[] vector, int most) {
    int count = candidates(most);
    TopKnnCollector found = new TopKnnCollector(count, Integer.MAX_VALUE);
    ToVector nearness = new ToVector(vector);
    try {
      HnswGraphSearcher.search(nearness, found, graph.reader(), null);
    } catch (IOException impossible) {
      throw new UncheckedIOException("A graph in memory could not be read", impossible);
    }
    for (int number : apart) {
      found.collect(number, nearness.score(number));
    }
    int[] items = new int[count];
    int size = 0;
    for (ScoreDoc one : found.topDocs().scoreDocs) {
      for (int item = distinct.first(one.doc); item >= 0; item = distinct.next(item)) {
        if (size == items.length) {
          items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = item;
      }
    }
    Arrays.sort(items, 0, size);
    return Arrays.copyOf(items, size);
  }

  @Override
  public void close() throws Exception {
    graph.close();
  }

  /** How near the vectors of the graph are to one. Used by one thread. */
  private final class ToVector implements RandomVectorScorer {

    private final float[] wanted;
    private final float[] other;

    ToVector(float[] wanted) {
      this.wanted = wanted;
      this.other = new float[wanted.length];
    }

    @Override
    public float score(int number) {
      vectors.copyTo(number, other);
      return GraphVectors.product(wanted, other) * vectors.scale(number);
    }

    @Override
    public int maxOrd() {
      return vectors.size();
    }
  }
}
