package dev.millrace.jobs.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime and nothing around it: what a graph can do on this machine. The texts are tokenised
 * and sorted by length beforehand, and all tensors are made beforehand.
 */
final class BareRuntime implements AutoCloseable {

  /** Rows one by one: the one shape in which a graph that quantises by batch answers rightly. */
  static final int ALONE = 0;

  /**
   * How the cores are used.
   *
   * @param callers threads that call the one session
   * @param threads of each run
   * @param spinning whether idle threads of the runtime spin
   */
  record Setup(int callers, int threads, boolean spinning) {

    @Override
    public String toString() {
      return callers
          + (callers == 1 ? " caller × " : " callers × ")
          + threads
          + (threads == 1 ? " thread" : " threads")
          + (spinning ? ", spinning" : "");
    }
  }

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final Setup setup;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final String outputName;
  private final int dimensions;
  private final ExecutorService callers;
  private List<BareBatch> batches = List.of();
  private long @Nullable [][] loaded;
  private int loadedBudget;

  BareRuntime(byte[] graph, Setup setup) throws OrtException {
    this.setup = setup;
    options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(setup.threads());
    options.setInterOpNumThreads(1);
    options.addConfigEntry("session.intra_op.allow_spinning", setup.spinning() ? "1" : "0");
    session = environment.createSession(graph, options);
    outputName = session.getOutputNames().iterator().next();
    dimensions = tryOut();
    callers = Executors.newFixedThreadPool(setup.callers(), daemon());
  }

  private static java.util.concurrent.ThreadFactory daemon() {
    return task -> {
      Thread thread = new Thread(task, "bare runtime");
      thread.setDaemon(true);
      return thread;
    };
  }

  private int tryOut() throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    for (String name : session.getInputNames()) {
      inputs.put(
          name,
          OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[] {1}), new long[] {1, 1}));
    }
    try (OrtSession.Result result = session.run(inputs)) {
      return (int) ((OnnxTensor) result.get(0)).getInfo().getShape()[1];
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  Setup setup() {
    return setup;
  }

  /**
   * Makes the batches of these texts, in place of those of before.
   *
   * @param budget the most tokens of a batch, padding included, or {@link #ALONE}
   */
  void load(long[][] tokens, int budget) throws OrtException {
    if (Arrays.equals(tokens, loaded) && budget == loadedBudget) {
      return;
    }
    batches.forEach(BareBatch::close);
    List<long[]> longestFirst = new ArrayList<>(Arrays.asList(tokens));
    longestFirst.sort(Comparator.comparingInt((long[] row) -> row.length).reversed());
    List<BareBatch> made = new ArrayList<>();
    List<long[]> group = new ArrayList<>();
    for (long[] row : longestFirst) {
      if (!group.isEmpty() && (group.size() + 1) * group.get(0).length > budget) {
        made.add(batch(group));
        group.clear();
      }
      group.add(row);
    }
    made.add(batch(group));
    batches = made;
    loaded = tokens;
    loadedBudget = budget;
  }

  private BareBatch batch(List<long[]> rows) throws OrtException {
    return new BareBatch(environment, rows, session.getInputNames(), outputName, dimensions);
  }

  /**
   * Runs all batches.
   *
   * @return texts a second
   */
  double run() throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    Callable<Integer> caller =
        () -> {
          int rows = 0;
          for (int i = next.getAndIncrement(); i < batches.size(); i = next.getAndIncrement()) {
            batches.get(i).run(session);
            rows += batches.get(i).rows();
          }
          return rows;
        };
    List<Callable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < setup.callers(); i++) {
      all.add(caller);
    }
    long began = System.nanoTime();
    int rows = 0;
    for (Future<Integer> done : callers.invokeAll(all)) {
      rows += done.get();
    }
    return rows / ((System.nanoTime() - began) / 1e9);
  }

  /** The vectors of texts, in their order, each text run with others of its length. */
  float[][] vectors(long[][] tokens, int budget) throws OrtException {
    List<Integer> byLength = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      byLength.add(i);
    }
    byLength.sort(Comparator.comparingInt(i -> tokens[i].length));
    float[][] vectors = new float[tokens.length][];
    for (int from = 0; from < tokens.length; ) {
      int to = from;
      List<long[]> rows = new ArrayList<>();
      while (to < tokens.length
          && (rows.isEmpty() || (rows.size() + 1) * tokens[byLength.get(to)].length <= budget)) {
        rows.add(tokens[byLength.get(to++)]);
      }
      try (BareBatch batch = batch(rows)) {
        batch.run(session);
        for (int row = 0; row < rows.size(); row++) {
          vectors[byLength.get(from + row)] = batch.vector(row);
        }
      }
      from = to;
    }
    return vectors;
  }

  /** How long the model takes for each text by itself: the median of some runs, in nanoseconds. */
  long aloneNanos(long[] tokens, int runs) throws OrtException {
    try (BareBatch batch = batch(List.of(tokens))) {
      double[] nanos = new double[runs];
      for (int i = 0; i < runs; i++) {
        long began = System.nanoTime();
        batch.run(session);
        nanos[i] = System.nanoTime() - began;
      }
      return (long) Samples.quantile(nanos, 0.5);
    }
  }

  @Override
  public void close() throws OrtException {
    callers.shutdownNow();
    batches.forEach(BareBatch::close);
    session.close();
    options.close();
  }
}
