package dev.millrace.jobs.bench;

import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.onnx.OnnxGraphs;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/** What a slow stream waits for its vectors beyond the model's own time. */
final class LatencyMeasurement implements Measurement {

  private static final String ROW = "latency";
  private static final String WHAT =
      "50 rows a second with a latency limit of 20 ms: from a row's arrival at the operator to its"
          + " vector, less the model's time for that text alone, the 99th percentile.";
  private static final Requirement REQUIREMENT = Requirement.atMost(30);
  private static final long NANOS_BETWEEN = 20_000_000;
  private static final double SHARE = 0.99;
  private static final int RUNS_ALONE = 15;
  private static final double WARM_UP = 0.2;

  /** What the sinks of the runs that are under way saw; one at a time. */
  private static final ConcurrentLinkedQueue<Seen> SEEN = new ConcurrentLinkedQueue<>();

  private record Seen(String text, long nanos) {}

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 6;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Configuration options = bench.options(bench.usual());
    options.setString("batch-latency", "20 ms");
    int rows = (int) Math.max(200, Math.min(1000, time.toMillis() / 1000.0 * 50 * 0.8));
    Corpus corpus = bench.texts().shortTexts();
    Map<String, Long> alone = alone(options, corpus, rows);
    try (JobContender session = new JobContender(bench.jobs(), corpus, options)) {
      double unused = session.run(500);
      report.say(ROW + ": " + session.describe() + ", " + rows + " rows");
      runSlowly(bench.cluster(), corpus.first(rows), rows, options);
    }
    double[] waits =
        SEEN.stream()
            .skip((long) (rows * WARM_UP))
            .mapToDouble(seen -> (seen.nanos() - alone.getOrDefault(seen.text(), 0L)) / 1e6)
            .toArray();
    SEEN.clear();
    report.add(
        Row.absolute(ROW, WHAT, "ms", new Samples(Samples.quantile(waits, SHARE)), REQUIREMENT));
  }

  private static Map<String, Long> alone(Configuration options, Corpus corpus, int rows)
      throws Exception {
    InferenceSettings settings = InferenceSettings.from(options);
    byte[] graph = OnnxGraphs.prepare(Models.resolve(settings.model()), settings.sessionOptions());
    Map<String, Long> alone = new HashMap<>();
    Map<Integer, Long> ofLength = new HashMap<>();
    try (BareRuntime runtime = new BareRuntime(graph, new BareRuntime.Setup(1, 1, false))) {
      List<String> texts = corpus.first(rows);
      long[][] tokens = corpus.firstTokens(rows);
      for (int i = 0; i < rows; i++) {
        Long known = ofLength.get(tokens[i].length);
        if (known == null) {
          known = runtime.aloneNanos(tokens[i], RUNS_ALONE);
          ofLength.put(tokens[i].length, known);
        }
        alone.put(texts.get(i), known);
      }
    }
    return alone;
  }

  private static void runSlowly(
      JobCluster cluster, List<String> texts, int rows, Configuration options) throws Exception {
    try (JobRun run = new JobRun(texts, rows, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      environment.setBufferTimeout(0);
      Embed.stream(
              "embed",
              TextSource.of(environment, run, NANOS_BETWEEN)
                  // The source sleeps between rows, which a task that infers must not.
                  .disableChaining()
                  .map(text -> Tuple2.of(text, System.nanoTime()))
                  .returns(Types.TUPLE(Types.STRING, Types.LONG)),
              LatencyMeasurement::text,
              InferenceSettings.from(options))
          .rows()
          .map(
              row -> {
                SEEN.add(new Seen(row.f0.f0, System.nanoTime() - row.f0.f1));
                return Tuple2.of(row.f0.f0, row.f1);
              })
          .returns(
              Types.TUPLE(
                  Types.STRING,
                  org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo
                      .FLOAT_PRIMITIVE_ARRAY_TYPE_INFO))
          .sinkTo(new VectorSink<>(run));
      cluster.run(environment);
      run.requireAll();
    }
  }

  private static @Nullable String text(Tuple2<String, Long> row) {
    return row.f0;
  }
}
