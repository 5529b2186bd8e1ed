package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.operators.InferenceSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;

/**
 * A model in a Flink job written in SQL: one of Millrace, or of a provider that comes with Flink.
 */
final class SqlContender implements Contender {

  /**
   * How a job is run.
   *
   * @param rowsInFlight of each subtask
   */
  record Setup(int parallelism, int rowsInFlight) {}

  private final JobCluster cluster;
  private final IntFunction<List<String>> texts;
  private final Map<String, String> model;
  private final Setup setup;
  private final double leastSeconds;
  private final AutoCloseable loaded;

  private SqlContender(
      JobCluster cluster,
      IntFunction<List<String>> texts,
      Map<String, String> model,
      Setup setup,
      double leastSeconds,
      AutoCloseable loaded) {
    this.cluster = cluster;
    this.texts = texts;
    this.model = model;
    this.setup = setup;
    this.leastSeconds = leastSeconds;
    this.loaded = loaded;
  }

  /**
   * Millrace. The model stays loaded from one job to the next.
   *
   * @param texts gives so many
   * @param options of inference
   */
  static SqlContender millrace(
      JobCluster cluster,
      IntFunction<List<String>> texts,
      Configuration options,
      Setup setup,
      double leastSeconds) {
    InferenceSettings settings = InferenceSettings.from(options);
    InferenceSession session =
        Sessions.open(
            AcceleratorUri.parse(settings.accelerator()),
            Models.resolve(settings.model()),
            settings.sessionOptions());
    Map<String, String> model = new LinkedHashMap<>(options.toMap());
    model.put("provider", "millrace");
    model.put("task", "embedding");
    return new SqlContender(cluster, texts, model, setup, leastSeconds, session);
  }

  /**
   * Another provider.
   *
   * @param texts gives so many
   * @param model what is in its {@code WITH}
   */
  static SqlContender of(
      JobCluster cluster,
      IntFunction<List<String>> texts,
      Map<String, String> model,
      Setup setup,
      double leastSeconds) {
    return new SqlContender(cluster, texts, model, setup, leastSeconds, () -> {});
  }

  @Override
  public String describe() {
    return (setup.parallelism() == 1 ? "one subtask, " : setup.parallelism() + " subtasks, each ")
        + setup.rowsInFlight()
        + " rows in flight";
  }

  @Override
  public double leastSeconds() {
    return leastSeconds;
  }

  @Override
  public double run(int rows) throws Exception {
    try (JobRun run = new JobRun(texts.apply(rows), rows, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(setup.parallelism());
      StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
      tables
          .getConfig()
          .set(
              ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS,
              setup.rowsInFlight());
      tables.createTemporaryView("texts", TextSource.of(environment, run));
      tables.executeSql(
          "CREATE TEMPORARY MODEL measured INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
              + with(model));
      // What a sink of SQL gets, which converts nothing.
      tables
          .<RowData>toDataStream(
              tables.sqlQuery(
                  "SELECT embedding FROM ML_PREDICT(TABLE texts, MODEL measured, DESCRIPTOR(f0))"),
              DataTypes.ROW(DataTypes.FIELD("embedding", DataTypes.ARRAY(DataTypes.FLOAT())))
                  .bridgedTo(RowData.class))
          .sinkTo(new RowSink(run.number()));
      cluster.run(environment);
      run.requireAll();
      return run.rowsPerSecond();
    }
  }

  /** Options as SQL writes them. */
  static String with(Map<String, String> options) {
    return options.entrySet().stream()
        .map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
        .collect(Collectors.joining(", ", " (", ")"));
  }

  @Override
  public void close() throws Exception {
    loaded.close();
  }

  /** Looks at each vector and drops it. */
  private record RowSink(long number) implements Sink<RowData> {

    @Override
    public SinkWriter<RowData> createWriter(WriterInitContext context) {
      JobRun run = JobRun.of(number);
      return new SinkWriter<>() {
        @Override
        public void write(RowData row, Context unused) {
          ArrayData vector = row.getArray(0);
          run.receive(vector.getFloat(0) + vector.getFloat(vector.size() - 1));
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
