package dev.millrace.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.onnx.IndependentAnswers;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OutputOrder;
import dev.millrace.schemas.DeadLetter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole jobs in a MiniCluster with the built-in model. */
class EmbedTest {

  private static final TypeInformation<Tuple2<Integer, String>> ROWS =
      TypeInformation.of(new TypeHint<Tuple2<Integer, String>>() {});
  private static final TypeInformation<Tuple2<Integer, float[]>> RESULTS =
      TypeInformation.of(new TypeHint<Tuple2<Integer, float[]>>() {});

  @ParameterizedTest(name = "parallelism {0}, batches of {1}, {2}, object reuse {3}")
  @CsvSource({
    "1, 64, ORDERED, false",
    "2, 7, ORDERED, true",
    "2, 1, UNORDERED, false",
    "3, 32, UNORDERED, true"
  })
  void generatedTextsGetTheVectorsOfTheIndependentImplementation(
      int parallelism, int batchRows, OutputOrder order, boolean objectReuse) throws Exception {
    assertIndependentVectors(
        Texts.generated(200, 20, 5), parallelism, settings(batchRows, order), objectReuse);
  }

  @ParameterizedTest(name = "parallelism {0}, batches of {1}")
  @CsvSource({"1, 64", "2, 9"})
  void realDescriptionsGetTheVectorsOfTheIndependentImplementation(int parallelism, int batchRows)
      throws Exception {
    assertIndependentVectors(
        Texts.realDescriptions(1000),
        parallelism,
        settings(batchRows, OutputOrder.UNORDERED),
        false);
  }

  /** The rows go in shuffled, so that their neighbours differ from case to case. */
  private static void assertIndependentVectors(
      List<String> texts, int parallelism, InferenceSettings settings, boolean objectReuse)
      throws Exception {
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, objectReuse);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, config);
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(Tuple2.of(i, texts.get(i)));
    }
    Collections.shuffle(rows, new Random(parallelism * 31L + settings.batchRows()));
    DataStream<Tuple2<Integer, String>> stream = env.fromData(rows, ROWS).rebalance();
    EmbeddedStream<Tuple2<Integer, String>> embedded =
        Embed.stream("embed", stream, row -> row.f1, settings);

    Map<Integer, float[]> vectors = new HashMap<>();
    try (CloseableIterator<Tuple2<Tuple2<Integer, String>, float[]>> results =
        embedded.rows().executeAndCollect()) {
      results.forEachRemaining(row -> assertThat(vectors.put(row.f0.f0, row.f1)).isNull());
    }
    assertThat(vectors).hasSize(texts.size());
    List<float[]> reference = IndependentAnswers.to(texts);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(Vectors.cosine(vector(vectors, i), reference.get(i)))
          .as(texts.get(i))
          .isGreaterThanOrEqualTo(0.9999);
    }
  }

  private static float[] vector(Map<Integer, float[]> vectors, int id) {
    return Objects.requireNonNull(vectors.get(id), () -> "row " + id + " is missing");
  }

  @Test
  void anOrderedStreamKeepsItsOrder() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(Tuple2.of(i, "row " + i));
    }
    EmbeddedStream<Tuple2<Integer, String>> embedded =
        Embed.stream(
            "embed", env.fromData(rows, ROWS), row -> row.f1, settings(16, OutputOrder.ORDERED));
    List<Integer> order = new ArrayList<>();
    try (CloseableIterator<Tuple2<Tuple2<Integer, String>, float[]>> results =
        embedded.rows().executeAndCollect()) {
      results.forEachRemaining(row -> order.add(row.f0.f0));
    }
    assertThat(order).containsExactlyElementsOf(rows.stream().map(row -> row.f0).toList());
  }

  @Test
  void rowsWithoutATextAreDeadLettersAndTheOthersGoOn() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    DataStream<Tuple2<Integer, String>> rows =
        env.fromData(List.of(Tuple2.of(0, "a"), Tuple2.of(1, " "), Tuple2.of(2, "c")), ROWS);
    EmbeddedStream<Tuple2<Integer, String>> embedded =
        Embed.stream("embed", rows, row -> row.f1, settings(16, OutputOrder.ORDERED));
    CloseableIterator<DeadLetter> letters = embedded.deadLetters().collectAsync();
    List<Integer> ids = new ArrayList<>();
    try (letters;
        CloseableIterator<Tuple2<Tuple2<Integer, String>, float[]>> results =
            embedded.rows().executeAndCollect()) {
      results.forEachRemaining(row -> ids.add(row.f0.f0));
      assertThat(ids).containsExactly(0, 2);
      assertThat(letters.next().getCategory()).isEqualTo("INVALID");
      assertThat(letters.hasNext()).isFalse();
    }
  }

  @Test
  void aJobThatFailsAndRestoresGivesTheSameRows(@TempDir Path checkpoints) throws Exception {
    int rows = 600;
    FailOnce.FAILED.set(false);
    Configuration config = new Configuration();
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    config.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, config);
    DataGeneratorSource<Tuple2<Integer, String>> source =
        new DataGeneratorSource<>(
            index -> Tuple2.of(index.intValue(), "a cup of tea number " + index),
            rows,
            RateLimiterStrategy.perSecond(1500),
            ROWS);
    DataStream<Tuple2<Integer, String>> stream =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "numbered texts");
    DataStream<Tuple2<Tuple2<Integer, String>, float[]>> embedded =
        Embed.stream("embed", stream, row -> row.f1, settings(32, OutputOrder.ORDERED)).rows();
    DataStream<Tuple2<Integer, float[]>> vectors =
        embedded
            .map(row -> Tuple2.of(row.f0.f0, row.f1))
            .returns(RESULTS)
            .map(new FailOnce())
            .returns(RESULTS);

    Map<Integer, float[]> collected = new HashMap<>();
    try (CloseableIterator<Tuple2<Integer, float[]>> results = vectors.executeAndCollect()) {
      results.forEachRemaining(
          row ->
              assertThat(collected.put(row.f0, row.f1)).as("row %d came twice", row.f0).isNull());
    }
    assertThat(FailOnce.FAILED).as("the job failed on the way").isTrue();
    assertThat(collected).hasSize(rows);
    List<Integer> sample = IntStream.range(0, rows).filter(id -> id % 20 == 0).boxed().toList();
    List<float[]> undisturbed =
        IndependentAnswers.to(sample.stream().map(id -> "a cup of tea number " + id).toList());
    for (int i = 0; i < sample.size(); i++) {
      assertThat(Vectors.cosine(vector(collected, sample.get(i)), undisturbed.get(i)))
          .isGreaterThanOrEqualTo(0.9999);
    }
  }

  private static InferenceSettings settings(int batchRows, OutputOrder order) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.BATCH_ROWS, batchRows);
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    // The independent implementation runs the graph as it is shipped.
    config.set(InferenceOptions.GRAPH_PREPARATION, GraphPreparation.AS_SHIPPED);
    return InferenceSettings.from(config);
  }

  /** Fails the job once, after a checkpoint was completed and more rows have come. */
  private static final class FailOnce
      implements MapFunction<Tuple2<Integer, float[]>, Tuple2<Integer, float[]>>,
          CheckpointListener {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean FAILED = new AtomicBoolean();

    private int rowsSinceCheckpoint = Integer.MIN_VALUE;

    @Override
    public Tuple2<Integer, float[]> map(Tuple2<Integer, float[]> row) {
      if (rowsSinceCheckpoint++ > 20 && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("the failure that the test wants");
      }
      return row;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      rowsSinceCheckpoint = Math.max(0, rowsSinceCheckpoint);
    }
  }
}
