package dev.millrace.jobs.bench;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.operators.ArrowBatchTypeInfo;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Batches that hold tokens already through a whole job beside an accelerator that costs nothing:
 * what is left is the host's own work for a batch, whatever its rows.
 */
final class ColumnarMeasurement implements Measurement {

  private static final String ROW = "columnar-batch-cost";
  private static final String WHAT =
      "Batches of 64 rows of tokens through a Flink job with an accelerator that costs nothing:"
          + " processor time of the whole process for a batch, source, mailbox and answer included.";
  private static final Requirement REQUIREMENT = Requirement.atMost(20);
  private static final int ROWS = 64;
  private static final int WIDTH = 8;
  private static final int WARM_UP_BATCHES = 60_000;
  private static final int BATCHES = 100_000;

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 4;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Configuration options = bench.options(bench.usual());
    options.setString("accelerators", FreeConnector.URI);
    double unused = microsPerBatch(bench.cluster(), options, WARM_UP_BATCHES);
    Samples micros = new Samples();
    for (int round = 0; round < bench.settings().rounds(); round++) {
      micros.add(microsPerBatch(bench.cluster(), options, BATCHES));
    }
    report.add(Row.absolute(ROW, WHAT, "µs a batch", micros, REQUIREMENT));
  }

  private static double microsPerBatch(JobCluster cluster, Configuration options, int batches)
      throws Exception {
    try (JobRun run = new JobRun(List.of("a batch"), batches, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      Embed.batches(
              "embed",
              TextSource.of(environment, run)
                  .map(new OneBatch())
                  .returns(ArrowBatchTypeInfo.INSTANCE),
              "text",
              InferenceSettings.from(options))
          .batches()
          .sinkTo(new ClosingSink(run.number()));
      cluster.run(environment);
      run.requireAll();
      return run.cpuSeconds() * 1e6 / batches;
    }
  }

  /** Lends the same batch again and again. */
  private static final class OneBatch extends RichMapFunction<String, ArrowBatch> {
    private static final long serialVersionUID = 1L;

    private transient @Nullable ArrowBatch batch;

    @Override
    public void open(OpenContext context) {
      try (MemoryScope scope = MemoryScope.open("measured batch")) {
        batch = ArrowBatch.own(scope, tokens(scope));
      }
    }

    @Override
    public ArrowBatch map(String text) {
      return java.util.Objects.requireNonNull(batch).lend();
    }

    @Override
    public void close() {
      if (batch != null) {
        batch.close();
      }
    }

    private static VectorSchemaRoot tokens(MemoryScope scope) {
      IntVector counts =
          new IntVector(
              TextColumns.TOKEN_COUNT,
              FieldType.notNullable(ElementType.INT32.arrowType()),
              scope.allocator());
      counts.allocateNew(ROWS);
      for (int row = 0; row < ROWS; row++) {
        counts.set(row, WIDTH);
      }
      counts.setValueCount(ROWS);
      return new VectorSchemaRoot(
          List.of(
              tensor(scope, TextColumns.INPUT_IDS),
              tensor(scope, TextColumns.ATTENTION_MASK),
              counts));
    }

    private static FixedSizeListVector tensor(MemoryScope scope, String name) {
      FixedSizeListVector column =
          new FixedSizeListVector(
              name,
              scope.allocator(),
              FieldType.notNullable(new ArrowType.FixedSizeList(WIDTH)),
              null);
      column.initializeChildrenFromFields(
          List.of(
              new Field("item", FieldType.notNullable(ElementType.INT64.arrowType()), List.of())));
      column.setInitialCapacity(ROWS);
      column.allocateNew();
      column.setValueCount(ROWS);
      ArrowBuf values = column.getDataVector().getDataBuffer();
      for (int token = 0; token < ROWS * WIDTH; token++) {
        values.setLong((long) token * Long.BYTES, 1);
      }
      return column;
    }
  }

  /** Looks at a batch and closes it. */
  private record ClosingSink(long number) implements Sink<ArrowBatch> {

    @Override
    public SinkWriter<ArrowBatch> createWriter(WriterInitContext context) {
      JobRun run = JobRun.of(number);
      return new SinkWriter<>() {
        @Override
        public void write(ArrowBatch batch, Context unused) {
          try (batch) {
            run.receive(batch.rowCount());
          }
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
