package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.jobs.input.ArrowFiles.Kind;
import dev.millrace.operators.ArrowBatchTypeInfo;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs over Arrow files. That no memory stays behind is checked after each. */
final class ArrowSourceTest {

  private static final int BATCHES = 60;
  private static final int ROWS_EACH = 4;

  @TempDir Path folder;

  private DataStream<ArrowBatch> source(StreamExecutionEnvironment env) {
    org.apache.flink.core.fs.Path[] files =
        IntStream.range(0, 2).mapToObj(this::file).toArray(org.apache.flink.core.fs.Path[]::new);
    return env.fromSource(
        FileSource.forBulkFileFormat(new ArrowBatchFormat(), files).build(),
        WatermarkStrategy.noWatermarks(),
        "batches");
  }

  private org.apache.flink.core.fs.Path file(int number) {
    List<List<String>> batches =
        IntStream.range(0, BATCHES)
            .mapToObj(
                batch ->
                    IntStream.range(0, ROWS_EACH)
                        .mapToObj(row -> "cup " + number + " " + batch + " " + row)
                        .toList())
            .toList();
    byte[] content = ArrowFiles.texts(number == 0 ? Kind.FILE : Kind.STREAM, batches).bytes();
    return Rows.path(Rows.write(folder, number + ".arrow", content));
  }

  private static Configuration objectReuse(boolean on) {
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, on);
    return config;
  }

  private static List<Long> everyIdTwice() {
    return LongStream.range(0, 2L * BATCHES * ROWS_EACH).map(id -> id / 2).boxed().toList();
  }

  @ParameterizedTest(name = "object reuse {0}, across the network {1}")
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void everyRowIsEmbeddedOnce(boolean objectReuse, boolean acrossTheNetwork) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, objectReuse(objectReuse));
    DataStream<ArrowBatch> batches = source(env);
    assertThat(embeddedIds(acrossTheNetwork ? batches.rebalance() : batches))
        .containsExactlyInAnyOrderElementsOf(everyIdTwice());
  }

  private static List<Long> embeddedIds(DataStream<ArrowBatch> batches) throws Exception {
    Configuration inference = new Configuration();
    inference.set(InferenceOptions.MAX_ROWS, 8);
    DataStream<Long> ids =
        Embed.batches("embed", batches, "text", InferenceSettings.from(inference))
            .batches()
            .flatMap(new EmbeddedIds())
            .returns(Types.LONG);
    List<Long> collected = new ArrayList<>();
    try (CloseableIterator<Long> results = ids.executeAndCollect()) {
      results.forEachRemaining(collected::add);
    }
    return collected;
  }

  @ParameterizedTest(name = "object reuse {0}")
  @ValueSource(booleans = {false, true})
  void aJobThatFailsAndRestoresGivesEveryRowOnce(boolean objectReuse, @TempDir Path checkpoints)
      throws Exception {
    FailOnce.FAILED.set(false);
    Configuration config = objectReuse(objectReuse);
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10));
    config.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    DataStream<ArrowBatch> batches =
        source(env).flatMap(new FailOnce()).returns(ArrowBatchTypeInfo.INSTANCE);
    assertThat(embeddedIds(batches)).containsExactlyInAnyOrderElementsOf(everyIdTwice());
    assertThat(FailOnce.FAILED).as("the job failed on the way").isTrue();
  }

  @ParameterizedTest(name = "object reuse {0}")
  @ValueSource(booleans = {false, true})
  void aCancelledJobLeavesNothingBehind(boolean objectReuse) throws Exception {
    Stuck.SEEN.set(0);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(1, objectReuse(objectReuse));
    source(env).flatMap(new Stuck()).returns(Types.LONG).sinkTo(new DiscardingSink<>());
    JobClient job = env.executeAsync();
    await().until(() -> Stuck.SEEN.get() == 3);
    CompletableFuture<JobExecutionResult> end = job.getJobExecutionResult();
    job.cancel().get();
    assertThatThrownBy(end::get).hasRootCauseInstanceOf(JobCancellationException.class);
  }

  @Test
  void aFileThatIsCutOffFailsTheJobWithItsName() {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    byte[] whole =
        ArrowFiles.texts(Kind.STREAM, List.of(List.of("a"), List.of("b"), List.of("c"))).bytes();
    Path cut = Rows.write(folder, "cut.arrow", Arrays.copyOf(whole, whole.length - 20));
    env.fromSource(
            FileSource.forBulkFileFormat(new ArrowBatchFormat(), Rows.path(cut)).build(),
            WatermarkStrategy.noWatermarks(),
            "batches")
        .flatMap(new EmbeddedIds())
        .returns(Types.LONG)
        .sinkTo(new DiscardingSink<>());
    assertThatThrownBy(env::execute).hasStackTraceContaining("cut.arrow cannot be read");
  }

  /** The ids of rows that have a vector, or that come from a batch without vectors. */
  private static final class EmbeddedIds implements FlatMapFunction<ArrowBatch, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(ArrowBatch given, Collector<Long> out) {
      try (ArrowBatch batch = given) {
        BigIntVector ids = (BigIntVector) batch.requireColumn("id");
        var vectors = batch.column(TextColumns.EMBEDDING);
        for (int row = 0; row < batch.rowCount(); row++) {
          if (vectors == null || !vectors.isNull(row)) {
            out.collect(ids.get(row));
          }
        }
      }
    }
  }

  /** Hands batches on; fails once, some batches after a checkpoint. */
  private static final class FailOnce
      implements FlatMapFunction<ArrowBatch, ArrowBatch>, CheckpointListener {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean FAILED = new AtomicBoolean();

    private int batchesSinceCheckpoint = Integer.MIN_VALUE;

    @Override
    public void flatMap(ArrowBatch given, Collector<ArrowBatch> out) {
      try (ArrowBatch batch = given;
          ArrowBatch loan = batch.lend()) {
        if (batchesSinceCheckpoint++ > 5 && FAILED.compareAndSet(false, true)) {
          throw new IllegalStateException("the failure that the test wants");
        }
        out.collect(loan);
      }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      batchesSinceCheckpoint = Math.max(0, batchesSinceCheckpoint);
    }
  }

  /** Takes three batches and stays in the third until the job is cancelled. */
  private static final class Stuck implements FlatMapFunction<ArrowBatch, Long> {
    private static final long serialVersionUID = 1L;
    static final AtomicInteger SEEN = new AtomicInteger();

    @Override
    public void flatMap(ArrowBatch given, Collector<Long> out) throws InterruptedException {
      try (ArrowBatch batch = given) {
        out.collect((long) batch.rowCount());
        if (SEEN.incrementAndGet() == 3) {
          new CountDownLatch(1).await();
        }
      }
    }
  }
}
