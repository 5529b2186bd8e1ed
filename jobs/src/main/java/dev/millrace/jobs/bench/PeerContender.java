package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A library in a Flink job: rows in a map, or in batches in an operator, at the best parallelism
 * and batch. All subtasks share one model, since that is what its users would do.
 */
final class PeerContender implements Contender {

  /** Rows go through one by one, or by a few. */
  private static final double LEAST_SECONDS = 0.25;

  private static final Map<Long, Embedder> OPEN = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final int FIRST_TEXTS = 16;
  private static final int TRIES = 2;

  /**
   * How it is run.
   *
   * @param batch rows of one call
   */
  private record Setup(int parallelism, int batch) {}

  private final JobCluster cluster;
  private final List<String> texts;
  private final long number = NUMBERS.incrementAndGet();
  private Setup setup = new Setup(1, 1);

  private PeerContender(JobCluster cluster, List<String> texts, Embedder embedder) {
    this.cluster = cluster;
    this.texts = texts;
    OPEN.put(number, embedder);
  }

  /**
   * Tries batches with a subtask a core, and the best of them with one subtask.
   *
   * @param embedder borrowed; its owner closes it after the contender
   * @param texts what it is measured on
   * @param batches rows of a call to try
   * @param seconds how long to try each
   */
  static PeerContender search(
      JobCluster cluster,
      List<String> texts,
      Embedder embedder,
      List<Integer> batches,
      double seconds)
      throws Exception {
    PeerContender contender = new PeerContender(cluster, texts, embedder);
    int cores = Runtime.getRuntime().availableProcessors();
    contender.setup = new Setup(cores, 1);
    int tries = (int) Math.max(FIRST_TEXTS, contender.run(FIRST_TEXTS) * seconds);
    List<Setup> setups = new ArrayList<>();
    batches.forEach(batch -> setups.add(new Setup(cores, batch)));
    Setup best = contender.best(setups, tries);
    contender.setup = contender.best(List.of(best, new Setup(1, best.batch())), tries);
    return contender;
  }

  /** Tries each in turns, and takes that with the best median. */
  private Setup best(List<Setup> setups, int texts) throws Exception {
    Map<Setup, Samples> rates = new LinkedHashMap<>();
    for (int i = 0; i < TRIES; i++) {
      for (Setup tried : setups) {
        setup = tried;
        rates.computeIfAbsent(tried, fresh -> new Samples()).add(run(texts));
      }
    }
    return rates.entrySet().stream()
        .max(Comparator.comparingDouble(entry -> entry.getValue().median()))
        .orElseThrow()
        .getKey();
  }

  static Embedder embedder(long number) {
    Embedder found = OPEN.get(number);
    if (found == null) {
      throw new IllegalStateException("Library " + number + " is not open in this process.");
    }
    return found;
  }

  @Override
  public String describe() {
    return "parallelism "
        + setup.parallelism()
        + (setup.batch() == 1 ? "" : ", batches of " + setup.batch());
  }

  @Override
  public double leastSeconds() {
    return LEAST_SECONDS;
  }

  @Override
  public double run(int rows) throws Exception {
    try (JobRun run = new JobRun(texts, rows, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(setup.parallelism());
      var rowType =
          Types.<Tuple2<String, float[]>>TUPLE(
              Types.STRING, PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO);
      SingleOutputStreamOperator<String> source = TextSource.of(environment, run);
      long id = number;
      SingleOutputStreamOperator<Tuple2<String, float[]>> vectors =
          setup.batch() == 1
              ? source
                  .map(text -> Tuple2.of(text, embedder(id).embed(List.of(text)).get(0)))
                  .returns(rowType)
              : source.transform("batches", rowType, new BatchingOperator(id, setup.batch()));
      vectors.sinkTo(new VectorSink<>(run));
      cluster.run(environment);
      run.requireAll();
      return run.rowsPerSecond();
    }
  }

  @Override
  public void close() {
    OPEN.remove(number);
  }
}
