package dev.millrace.pipelines;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.onnx.AloneAnswers;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OutputOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * However a text comes to its vector, it is the vector of that text run alone: in batches of any
 * size, with the cache and without, ordered and not, as rows and as columns.
 */
class AgreementTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");
  private static final TypeInformation<Tuple2<Integer, float[]>> VECTORS =
      TypeInformation.of(new TypeHint<Tuple2<Integer, float[]>>() {});

  /** One for all jobs: to start it takes longer than most of them. */
  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(1)
              .build());

  @TempDir static Path folder;

  private enum Loaded {
    EMBEDDED_PREPARED(false, Precision.MODEL, GraphPreparation.AUTO),
    EMBEDDED_AS_SHIPPED(false, Precision.MODEL, GraphPreparation.AS_SHIPPED),
    FP32(true, Precision.MODEL, GraphPreparation.AUTO),
    FP32_AS_INT8(true, Precision.INT8, GraphPreparation.AUTO);

    final boolean fp32;
    final Precision precision;
    final GraphPreparation preparation;

    Loaded(boolean fp32, Precision precision, GraphPreparation preparation) {
      this.fp32 = fp32;
      this.precision = precision;
      this.preparation = preparation;
    }
  }

  private enum Way {
    ALONE_ROWS(1, false, OutputOrder.ORDERED, false),
    ALONE_COLUMNS_CACHED(1, true, OutputOrder.UNORDERED, true),
    BATCHED_ROWS_CACHED(null, true, OutputOrder.UNORDERED, false),
    BATCHED_COLUMNS(null, false, OutputOrder.ORDERED, true),
    LARGE_BATCHES_ROWS_CACHED(2048, true, OutputOrder.ORDERED, false),
    LARGE_BATCHES_COLUMNS(2048, false, OutputOrder.UNORDERED, true);

    final @Nullable Integer tokenBudget;
    final boolean cached;
    final OutputOrder order;
    final boolean columns;

    Way(@Nullable Integer tokenBudget, boolean cached, OutputOrder order, boolean columns) {
      this.tokenBudget = tokenBudget;
      this.cached = cached;
      this.order = order;
      this.columns = columns;
    }
  }

  @ParameterizedTest
  @EnumSource
  void generatedTextsAgreeEveryWay(Loaded loaded) throws Exception {
    List<String> texts = new ArrayList<>(Texts.generated(60, 8, 17));
    texts.addAll(Texts.generated(8, 110, 18));
    assertAgreement(loaded, texts, List.of(Way.values()));
  }

  @ParameterizedTest
  @EnumSource
  void realTextsAgree(Loaded loaded) throws Exception {
    List<String> texts = new ArrayList<>(Texts.realDescriptions(60));
    texts.addAll(Texts.realReviews(8));
    assertAgreement(loaded, texts, List.of(Way.BATCHED_ROWS_CACHED, Way.LARGE_BATCHES_COLUMNS));
  }

  private static void assertAgreement(Loaded loaded, List<String> distinct, List<Way> ways)
      throws Exception {
    String model = loaded.fp32 ? ModelFolders.fp32MiniLm(folder).toString() : "minilm";
    List<String> texts = withRepeats(distinct);
    // Every job finds the session open: loading takes longer than embedding these texts.
    try (InferenceSession session =
        Sessions.open(
            CPU, Models.resolve(model), settings(loaded, model, ways.get(0)).sessionOptions())) {
      assertThat(session.batchInvariant()).isTrue();
      Map<String, float[]> alone = new HashMap<>();
      List<float[]> answers =
          AloneAnswers.to(distinct, model, settings(loaded, model, ways.get(0)).sessionOptions());
      for (int i = 0; i < distinct.size(); i++) {
        alone.put(distinct.get(i), answers.get(i));
      }
      for (Way way : ways) {
        Map<Integer, float[]> vectors = embed(texts, settings(loaded, model, way), way.columns);
        assertThat(vectors).as("%s", way).hasSize(texts.size());
        vectors.forEach(
            (row, vector) ->
                assertThat(Vectors.cosine(vector, requireNonNull(alone.get(texts.get(row)))))
                    .as("%s, %s: %s", loaded, way, texts.get(row))
                    .isGreaterThanOrEqualTo(0.9999));
      }
    }
  }

  /** Twice as many, so that some come again at once and some much later. */
  private static List<String> withRepeats(List<String> distinct) {
    List<String> texts = new ArrayList<>(distinct);
    texts.addAll(distinct);
    Collections.shuffle(texts, new Random(19));
    return texts;
  }

  private static InferenceSettings settings(Loaded loaded, String model, Way way) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, model);
    config.set(InferenceOptions.PRECISION, loaded.precision);
    config.set(InferenceOptions.GRAPH_PREPARATION, loaded.preparation);
    config.set(InferenceOptions.OUTPUT_ORDER, way.order);
    config.set(
        InferenceOptions.CACHE_SIZE, way.cached ? MemorySize.ofMebiBytes(4) : MemorySize.ZERO);
    if (way.tokenBudget != null) {
      config.set(InferenceOptions.TOKEN_BUDGET, way.tokenBudget);
    }
    return InferenceSettings.from(config);
  }

  private static Map<Integer, float[]> embed(
      List<String> texts, InferenceSettings settings, boolean columns) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
    DataStream<Tuple2<Integer, float[]>> embedded =
        columns
            ? TextBatches.vectors(
                Embed.batches("embed", TextBatches.of(env, texts, 40), "text", settings).batches())
            : Embed.stream("embed", rows(env, texts), row -> row.f1, settings)
                .rows()
                .map(row -> Tuple2.of(row.f0.f0, row.f1))
                .returns(VECTORS);
    Map<Integer, float[]> vectors = new HashMap<>();
    try (CloseableIterator<Tuple2<Integer, float[]>> results = embedded.executeAndCollect()) {
      results.forEachRemaining(row -> assertThat(vectors.put(row.f0, row.f1)).isNull());
    }
    return vectors;
  }

  private static DataStream<Tuple2<Integer, String>> rows(
      StreamExecutionEnvironment env, List<String> texts) {
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(Tuple2.of(i, texts.get(i)));
    }
    return env.fromData(rows, TypeInformation.of(new TypeHint<Tuple2<Integer, String>>() {}));
  }
}
