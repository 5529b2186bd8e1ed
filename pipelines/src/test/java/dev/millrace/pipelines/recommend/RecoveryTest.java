package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.OffHeapMemory;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.schemas.Interaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What comes out does not show that the job failed, or was stopped and went on with another
 * parallelism and another state backend.
 */
class RecoveryTest {
  @RegisterExtension static final MiniClusterExtension FLINK = Topology.cluster();

  private static final Duration DISORDER = Duration.ofHours(3);
  private static final int ROWS_BETWEEN_CHECKPOINTS = 100;
  private static final int ITEMS_BETWEEN_CHECKPOINTS = 6;
  private static final int OFFERS_BETWEEN_CHECKPOINTS = 15;

  // Reached by functions that Flink copies by serialising them.
  private static final AtomicInteger CHECKPOINTS = new AtomicInteger();
  private static final AtomicBoolean FAILED = new AtomicBoolean();
  private static final Queue<String> OUT = new ConcurrentLinkedQueue<>();
  private static volatile List<Interaction> rows = List.of();
  private static volatile List<EmbeddedItem> items = List.of();
  private static volatile List<ItemOffer> offers = List.of();

  private int rowsBetweenCheckpoints = ROWS_BETWEEN_CHECKPOINTS;
  private @Nullable RankingModel model;

  /** The graph of what is near begins, and is needed, while the items come. */
  private static final int EXACT_UP_TO = 24;

  private final RecommendSettings settings =
      RecommendSettings.of(10, "", "").withRules(RecommendTest.SHOP).withExactUpTo(EXACT_UP_TO);
  private Histories histories = new Histories(5, 300);

  @BeforeEach
  void reset() {
    CHECKPOINTS.set(0);
    FAILED.set(false);
    OUT.clear();
    items = histories.items;
    offers = histories.offers;
    rows = Histories.disordered(histories.interactions, DISORDER, 5);
  }

  @Test
  void aFailureDoesNotShow() throws Exception {
    List<String> expected =
        Topology.run(rows, histories.items, histories.offers, settings, 2, DISORDER);
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    StreamExecutionEnvironment env = Topology.environment(2);
    env.configure(configuration);

    List<String> actual = Topology.collect(feed(env));
    assertThat(FAILED).isTrue();
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void anotherParallelismAndAnotherStateBackendDoNotShow(@TempDir Path savepoints)
      throws Exception {
    List<String> expected =
        Topology.run(rows, histories.items, histories.offers, settings, 1, DISORDER);
    FAILED.set(true); // Nothing fails here.
    String savepoint = stopInTheMiddle(environment(2, "hashmap", null), savepoints);
    savepoint = stopInTheMiddle(environment(3, "rocksdb", savepoint), savepoints);
    assertThat(OUT).isNotEmpty().hasSizeLessThan(expected.size());

    List<String> actual = toTheEnd(environment(1, "hashmap", savepoint));
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void norDoesAStopWithARankingModel(@TempDir Path savepoints, @TempDir Path crossEncoder)
      throws Exception {
    HeadedModels.of(crossEncoder, 1, "\"id2label\": {\"0\": \"LABEL_0\"},");
    aStopDoesNotShowWith(crossEncoder, savepoints);
  }

  @Test
  void norDoesAStopWithASequenceModel(@TempDir Path savepoints, @TempDir Path sequenceModel)
      throws Exception {
    SequenceModelTest.build(sequenceModel, SequenceModelTest.randomVectors());
    aStopDoesNotShowWith(sequenceModel, savepoints);
  }

  private void aStopDoesNotShowWith(Path folder, Path savepoints) throws Exception {
    Configuration inference = new Configuration();
    inference.set(InferenceOptions.MODEL, folder.toString());
    model = new RankingModel(InferenceSettings.from(inference), 2);
    histories = new Histories(8, 150);
    rowsBetweenCheckpoints = 40;
    reset();
    FAILED.set(true); // Nothing fails here.
    List<String> expected = Topology.run(rows, items, offers, settings, model, 1, DISORDER);

    String savepoint = stopInTheMiddle(environment(2, "hashmap", null), savepoints);
    assertThat(OUT).isNotEmpty().hasSizeLessThan(expected.size());
    List<String> actual = toTheEnd(environment(1, "rocksdb", savepoint));
    RecommendTest.assertSame(actual, expected, 8, RankingModelTest.ROUNDING);
  }

  /** All that has come out, sorted. */
  private List<String> toTheEnd(StreamExecutionEnvironment env) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
    env.configure(configuration);
    keep(feed(env));
    env.execute();
    List<String> all = new ArrayList<>(OUT);
    all.sort(null);
    return all;
  }

  private static StreamExecutionEnvironment environment(
      int parallelism, String stateBackend, @Nullable String savepoint) {
    StreamExecutionEnvironment env = Topology.environment(parallelism);
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, stateBackend);
    if (savepoint != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    }
    env.configure(configuration);
    return env;
  }

  /**
   * Lets several rounds of rows through, then stops with a savepoint, with much of it still
   * waiting.
   */
  private String stopInTheMiddle(StreamExecutionEnvironment env, Path savepoints) throws Exception {
    int before = OUT.size();
    CHECKPOINTS.set(0);
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    env.configure(configuration);
    keep(feed(env));
    JobClient job = env.executeAsync();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> CHECKPOINTS.get() >= 2 && OUT.size() > before);
    assertThat(OffHeapMemory.describe())
        .as("what all subtasks share")
        .containsOnlyOnce("lists of the items of the feed");
    return job.stopWithSavepoint(
            false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(60, TimeUnit.SECONDS);
  }

  private static void keep(RecommendStreams streams) {
    Topology.lines(streams)
        .map(
            line -> {
              OUT.add(line);
              return line;
            },
            Types.STRING)
        .sinkTo(new DiscardingSink<>());
  }

  private RecommendStreams feed(StreamExecutionEnvironment env) {
    DataStream<Interaction> interactions =
        slowly(
                env,
                "rows",
                index -> rows.get(index.intValue()),
                rows.size(),
                rowsBetweenCheckpoints,
                new AvroTypeInfo<>(Interaction.class),
                WatermarkStrategy.noWatermarks())
            .map(new FailOnce(), new AvroTypeInfo<>(Interaction.class))
            .uid("fail")
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                Topology.everyRow(
                    DISORDER, interaction -> interaction.getEventTime().toEpochMilli()))
            .uid("watermarks")
            .setParallelism(1);
    DataStream<EmbeddedItem> embedded =
        slowly(
            env,
            "items",
            index -> items.get(index.intValue()),
            items.size(),
            ITEMS_BETWEEN_CHECKPOINTS,
            TypeInformation.of(EmbeddedItem.class),
            Topology.everyRow(DISORDER, made -> made.eventTime));
    DataStream<ItemOffer> offered =
        slowly(
            env,
            "offers",
            index -> offers.get(index.intValue()),
            offers.size(),
            OFFERS_BETWEEN_CHECKPOINTS,
            TypeInformation.of(ItemOffer.class),
            Topology.everyRow(DISORDER, made -> made.eventTime));
    return Recommend.feed(interactions, embedded, offered, settings, model);
  }

  /** So many with each checkpoint. */
  private static <T> SingleOutputStreamOperator<T> slowly(
      StreamExecutionEnvironment env,
      String name,
      GeneratorFunction<Long, T> made,
      int count,
      int betweenCheckpoints,
      TypeInformation<T> type,
      WatermarkStrategy<T> time) {
    return env.fromSource(
            new DataGeneratorSource<>(
                made, count, RateLimiterStrategy.perCheckpoint(betweenCheckpoints), type),
            time,
            name)
        .uid(name)
        .setParallelism(1);
  }

  /** Fails once, some rows after the second checkpoint. */
  private static final class FailOnce
      implements MapFunction<Interaction, Interaction>, CheckpointListener {
    private static final long serialVersionUID = 1L;
    private int since;

    @Override
    public Interaction map(Interaction row) {
      if (CHECKPOINTS.get() >= 2
          && ++since > ROWS_BETWEEN_CHECKPOINTS / 2
          && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("This failure is part of the test.");
      }
      return row;
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
      CHECKPOINTS.incrementAndGet();
    }
  }
}
