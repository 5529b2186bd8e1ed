package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OutputOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Feeds in whose order a cross-encoder has a say, against the same computed the slow way. */
class RankingModelTest {
  @RegisterExtension static final MiniClusterExtension FLINK = Topology.cluster();

  private static final long SEED = 21;
  private static final int CANDIDATES = 5;

  /** By how much a score may be off: batches of other rows round the model's sums otherwise. */
  static final double ROUNDING = 1e-3;

  @TempDir static Path crossEncoder;

  private final RecommendSettings settings = RecommendSettings.of(10, "", "");
  private final Histories histories = new Histories(SEED, 40);

  @BeforeAll
  static void build() {
    HeadedModels.of(crossEncoder, 1, "\"id2label\": {\"0\": \"LABEL_0\"},");
  }

  private static RankingModel model(OutputOrder order) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, crossEncoder.toString());
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    return new RankingModel(InferenceSettings.from(config), CANDIDATES);
  }

  private List<String> lines(RankingModel model, int parallelism) throws Exception {
    return Topology.run(
        histories.interactions,
        histories.items,
        List.of(),
        settings,
        model,
        parallelism,
        Duration.ZERO);
  }

  @Test
  void isTheSameAsComputedOneByOne() throws Exception {
    List<String> expected;
    try (HeadedModels.PlainLoop loop = new HeadedModels.PlainLoop(crossEncoder)) {
      Map<List<String>, Double> known = new HashMap<>();
      expected =
          new SequentialFeed(histories.interactions, histories.items, settings)
              .withModel(
                  (bought, title) ->
                      known.computeIfAbsent(
                          List.of(bought, title), pair -> score(loop, bought, title)),
                  CANDIDATES)
              .lines();
      assertThat(known).as("pairs that were asked").hasSizeGreaterThan(60);
    }
    List<String> alone = lines(model(OutputOrder.ORDERED), 1);
    RecommendTest.assertSame(alone, expected, SEED, ROUNDING);
    RecommendTest.assertSame(lines(model(OutputOrder.UNORDERED), 2), alone, SEED, ROUNDING);
    assertThat(alone)
        .as("with the model and without it")
        .isNotEqualTo(
            new SequentialFeed(histories.interactions, histories.items, settings).lines());
  }

  private static double score(HeadedModels.PlainLoop loop, String bought, String title) {
    try {
      return loop.logits(bought, title)[0];
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Test
  void aModelOfAnotherKindIsRefusedBeforeTheJobStarts() {
    RankingModel minilm = new RankingModel(InferenceSettings.from(new Configuration()), CANDIDATES);
    assertThatThrownBy(() -> lines(minilm, 1))
        .hasMessageContaining("The model 'minilm' is for embedding and not for classification");
  }
}
