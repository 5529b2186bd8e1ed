package dev.millrace.pipelines.sql.index;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.util.ExceptionUtils;
import org.apache.lucene.search.TaskExecutor;
import org.apache.lucene.util.hnsw.HnswConcurrentMergeBuilder;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds a graph with as many threads as there are processors, and says how far it is. */
final class GraphBuild {

  private static final Logger LOG = LoggerFactory.getLogger(GraphBuild.class);

  private static final int SAID_EVERY_SECONDS = 10;

  /** A thread takes about so many vectors at once. */
  private static final int SHARE = 2048;

  private GraphBuild() {}

  /**
   * Builds a graph. Takes as long as that takes.
   *
   * @param name what the log calls it
   * @throws InterruptedException if the thread is interrupted; nothing goes on then
   */
  static OnHeapHnswGraph build(String name, GraphVectors vectors, GraphSettings settings)
      throws InterruptedException, IOException {
    int size = vectors.size();
    int workers = Math.min(Runtime.getRuntime().availableProcessors(), Math.max(1, size / SHARE));
    AtomicBoolean stopped = new AtomicBoolean();
    BetweenVectors between = new BetweenVectors(vectors, stopped::get);
    OnHeapHnswGraph graph =
        HnswGraphBuilder.create(
                between, settings.m(), settings.efConstruction(), HnswGraphBuilder.randSeed, size)
            .getGraph();
    ExecutorService threads = Threads.start("millrace graph of " + name, workers);
    try {
      HnswConcurrentMergeBuilder builder =
          new HnswConcurrentMergeBuilder(
              new TaskExecutor(threads),
              workers,
              between,
              settings.m(),
              settings.efConstruction(),
              graph,
              null);
      Future<OnHeapHnswGraph> done = threads.submit(() -> builder.build(size));
      while (true) {
        try {
          return done.get(SAID_EVERY_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException notYet) {
          LOG.info("The graph of {} has {} of {} vectors.", name, graph.size(), size);
        }
      }
    } catch (ExecutionException failed) {
      ExceptionUtils.rethrowIOException(failed.getCause());
      throw new IllegalStateException(failed);
    } finally {
      stopped.set(true);
      Threads.end(threads);
    }
  }
}
