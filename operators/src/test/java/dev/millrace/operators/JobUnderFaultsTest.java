package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.OffHeapMemory;
import dev.millrace.accelerator.Sessions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs on a Flink cluster in this process, whose devices fail and whose tasks die. */
class JobUnderFaultsTest {

  private static final TypeInformation<Tuple2<Long, float[]>> RESULTS =
      TypeInformation.of(new TypeHint<Tuple2<Long, float[]>>() {});

  /** More than the operators hold, so that the source is held back by them, too. */
  private static final int ROWS_EACH_CHECKPOINT = 200;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private final ScheduledExecutorService device = Executors.newScheduledThreadPool(2);
  private @Nullable Steering used;
  private volatile int leastWaitMillis = 5;

  @BeforeEach
  void forget() {
    DeliveredRows.reset();
  }

  @AfterEach
  void nothingIsOpen() throws Exception {
    device.shutdownNow();
    assertThat(device.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    if (used != null) {
      // What it was asked by tasks that are over by now.
      used.open().forEach(SteeredCall::answer);
    }
  }

  private static String textOf(long id) {
    return "text " + id;
  }

  private Configuration config(boolean unaligned, boolean objectReuse) {
    Configuration config = new Configuration();
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
    config.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    config.set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned);
    config.set(PipelineOptions.OBJECT_REUSE, objectReuse);
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    return config;
  }

  private StreamExecutionEnvironment job(
      Configuration config, int parallelism, long rows, InferenceSettings settings, int failures) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, config);
    used = steering(settings);
    env.fromSource(
            new NumbersByCheckpoint(rows, ROWS_EACH_CHECKPOINT),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .uid("numbers")
        // So that barriers meet rows that wait in a channel.
        .rebalance()
        .transform(
            "embed",
            RESULTS,
            new EmbeddingOperatorFactory<Long, Tuple2<Long, float[]>>(
                settings,
                JobUnderFaultsTest::textOf,
                (id, vector) -> Tuple2.of(id, vector.toArray())))
        .uid("embed")
        .rebalance()
        .map(new DeliveredRows(failures))
        .uid("delivered")
        .sinkTo(new DiscardingSink<>());
    return env;
  }

  private static Steering steering(InferenceSettings settings) {
    return Steering.named(settings.accelerator().substring("steered:".length()));
  }

  /** Answers after a moment, out of order, and fails now and then. */
  private void unsteady(InferenceSettings settings, long seed) {
    Random random = new Random(seed);
    steering(settings)
        .onCall(
            call -> {
              int chance;
              int wait;
              synchronized (random) {
                chance = random.nextInt(100);
                wait = leastWaitMillis + random.nextInt(10);
              }
              Runnable answer =
                  switch (chance) {
                    case 0 -> () -> fail(call, Category.DEVICE);
                    case 1 -> () -> fail(call, Category.UNAVAILABLE);
                    case 2 -> () -> call.answer(call.rows() - 1, Steering.DIMENSION);
                    case 3 ->
                        () ->
                            fail(call, call.rows() > 1 ? Category.OUT_OF_MEMORY : Category.TIMEOUT);
                    default -> call::answer;
                  };
              Future<?> unused = device.schedule(answer, wait, TimeUnit.MILLISECONDS);
            });
  }

  private static void fail(SteeredCall call, Category category) {
    call.fail(new AcceleratorException(category, "It is so."));
  }

  private static InferenceSettings settings(OutputOrder order, CheckpointMode mode) {
    // So few that the source is held back, and checkpoints come between its rows.
    return OperatorBench.with(
        OperatorBench.with(
            OperatorBench.settings(8, 3, order), InferenceOptions.CHECKPOINT_MODE, mode),
        InferenceOptions.MAX_ROWS,
        64);
  }

  @ParameterizedTest
  @CsvSource({
    "ORDERED, SNAPSHOT, false, false",
    "UNORDERED, SNAPSHOT, true, true",
    "ORDERED, DRAIN, false, true",
    "UNORDERED, DRAIN, true, false"
  })
  void everyRowIsDeliveredOnceWhateverFails(
      OutputOrder order, CheckpointMode mode, boolean unaligned, boolean objectReuse)
      throws Exception {
    long rows = 1000;
    long seed = Long.getLong("millrace.test.seed", System.nanoTime());
    InferenceSettings settings = settings(order, mode);
    unsteady(settings, seed);
    job(config(unaligned, objectReuse), 2, rows, settings, 3).execute();
    assertDelivered(rows, "-Dmillrace.test.seed=" + seed);
    assertThat(DeliveredRows.failures()).as("failures that the test wanted").isEqualTo(3);
  }

  private static void assertDelivered(long rows, String hint) {
    assertThat(DeliveredRows.all().stream().map(row -> row.f0))
        .as(hint)
        .containsExactlyInAnyOrderElementsOf(LongStream.range(0, rows).boxed().toList());
    for (Tuple2<Long, float[]> row : DeliveredRows.all()) {
      // To tokenise every text with the other library takes long.
      if (row.f0 % (rows / 8) == 0) {
        assertThat(row.f1)
            .as("the vector of row %d, %s", row.f0, hint)
            .isEqualTo(OperatorBench.expected(textOf(row.f0)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"SNAPSHOT, 2, 3", "DRAIN, 1, 2"})
  void aJobIsStoppedWithASavepointAndResumedWithAnotherParallelism(
      CheckpointMode mode, int before, int after) throws Exception {
    long rows = 1500;
    InferenceSettings settings = settings(OutputOrder.ORDERED, mode);
    unsteady(settings, 1);
    JobClient first = job(config(false, false), before, rows, settings, 0).executeAsync();
    await().atMost(PATIENCE).until(() -> DeliveredRows.count() > 100);
    // It is not to end before it is stopped.
    leastWaitMillis = 100;
    String savepoint =
        first
            .stopWithSavepoint(
                false,
                folder.resolve("savepoint").toUri().toString(),
                SavepointFormatType.CANONICAL)
            .get(60, TimeUnit.SECONDS);
    first.getJobExecutionResult().get(60, TimeUnit.SECONDS);
    assertThat(DeliveredRows.all().size()).isLessThan((int) rows);
    DeliveredRows.reset();
    leastWaitMillis = 1;

    Configuration resumed = config(false, false);
    resumed.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    job(resumed, after, rows, settings, 0).execute();
    assertDelivered(rows, "seed 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCancelledJobsMemoryIsFreedWhenTheDeviceAnswers(boolean objectReuse) throws Exception {
    InferenceSettings settings = settings(OutputOrder.ORDERED, CheckpointMode.SNAPSHOT);
    JobClient job = job(config(false, objectReuse), 2, 1000, settings, 0).executeAsync();
    await().atMost(PATIENCE).until(() -> steering(settings).open().size() == 6);
    job.cancel().get(60, TimeUnit.SECONDS);
    await().atMost(PATIENCE).until(() -> Sessions.openCount() == 0);
    assertThat(OffHeapMemory.allocatedBytes()).isPositive();
    List<SteeredCall> open = steering(settings).open();
    open.forEach(SteeredCall::answer);
    await().until(() -> OffHeapMemory.allocatedBytes() == 0);
  }

  @Test
  void aDeviceThatHangsAtTheEndOfTheInputIsGivenUpAndAskedAgain() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            settings(OutputOrder.ORDERED, CheckpointMode.SNAPSHOT),
            InferenceOptions.DEADLINE,
            Duration.ofMillis(300));
    Steering steering = steering(settings);
    steering.onCall(
        call -> {
          // The first two are left hanging.
          if (steering.calls().size() > 2) {
            device.execute(call::answer);
          }
        });
    job(config(false, false), 1, 16, settings, 0).execute();
    assertDelivered(16, "no seed");
    steering.open().forEach(SteeredCall::answer);
  }
}
