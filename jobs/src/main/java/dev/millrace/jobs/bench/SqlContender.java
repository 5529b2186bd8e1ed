package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.operators.InferenceSettings;
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

/** Millrace in a Flink job written in SQL. */
final class SqlContender implements Contender {

  private static final double LEAST_SECONDS = 1.5;

  private final JobCluster cluster;
  private final Corpus corpus;
  private final Configuration options;
  private final int rowsInFlight;
  private final InferenceSession session;

  SqlContender(JobCluster cluster, Corpus corpus, Configuration options, int rowsInFlight) {
    this.cluster = cluster;
    this.corpus = corpus;
    this.options = options;
    this.rowsInFlight = rowsInFlight;
    InferenceSettings settings = InferenceSettings.from(options);
    this.session =
        Sessions.open(
            AcceleratorUri.parse(settings.accelerator()),
            Models.resolve(settings.model()),
            settings.sessionOptions());
  }

  @Override
  public String describe() {
    return "one subtask, " + rowsInFlight + " rows in flight";
  }

  @Override
  public double leastSeconds() {
    return LEAST_SECONDS;
  }

  @Override
  public double run(int texts) throws Exception {
    try (JobRun run = new JobRun(corpus.first(texts), texts, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
      tables
          .getConfig()
          .set(
              ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS,
              rowsInFlight);
      tables.createTemporaryView("texts", TextSource.of(environment, run));
      tables.executeSql(
          "CREATE TEMPORARY MODEL measured INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
              + " ('provider' = 'millrace', 'task' = 'embedding', "
              + given()
              + ")");
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

  private String given() {
    return options.toMap().entrySet().stream()
        .map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
        .collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    session.close();
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
