package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OutputOrder;
import dev.millrace.schemas.Interaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Feeds in whose order a sequence model has a say, against the same computed the slow way. */
class SequenceModelTest {
  @RegisterExtension static final MiniClusterExtension FLINK = Topology.cluster();

  private static final long SEED = 23;
  private static final int CANDIDATES = 8;
  private static final int MAX_LENGTH = 4;
  private static final int DIMENSIONS = 6;

  /** Of those of {@link Histories}; the model knows no others, and not all of these. */
  private static final List<String> KNOWN =
      IntStream.range(0, 60).filter(item -> item % 5 != 4).mapToObj(item -> "item" + item).toList();

  @TempDir Path folder;

  private final RecommendSettings settings = RecommendSettings.of(10, "", "");

  /** One for each number that the model has, of which 0 is padding. */
  static float[][] randomVectors() {
    Random random = new Random(SEED);
    float[][] vectors = new float[KNOWN.size() + 1][DIMENSIONS];
    for (int id = 1; id < vectors.length; id++) {
      for (int d = 0; d < DIMENSIONS; d++) {
        vectors[id][d] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  /** A folder as users have it. */
  static void build(Path folder, float[][] vectors) throws IOException {
    RawModels.sequence(folder, vectors);
    Files.write(folder.resolve("items.txt"), KNOWN);
    Files.writeString(folder.resolve("config.json"), "{\"max_length\": " + MAX_LENGTH + "}");
  }

  private RankingModel model(float[][] vectors, OutputOrder order) throws IOException {
    build(folder, vectors);
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, folder.toString());
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    return new RankingModel(InferenceSettings.from(config), CANDIDATES);
  }

  private List<String> lines(Histories histories, RankingModel model, int parallelism)
      throws Exception {
    return Topology.run(
        histories.interactions,
        histories.items,
        List.of(),
        settings,
        model,
        parallelism,
        Duration.ZERO);
  }

  /** What the graph computes. */
  private static final class PlainModel implements SequentialFeed.SequenceScorer {
    private final Map<String, Integer> ids =
        IntStream.range(0, KNOWN.size())
            .boxed()
            .collect(Collectors.toMap(KNOWN::get, line -> line + 1));

    private final float[][] vectors;
    private int asked;

    PlainModel(float[][] vectors) {
      this.vectors = vectors;
    }

    @Override
    public boolean knows(String itemId) {
      return ids.containsKey(itemId);
    }

    @Override
    public double score(List<String> bought, String itemId) {
      asked++;
      double score = 0;
      for (int d = 0; d < DIMENSIONS; d++) {
        double sum = 0;
        for (String one : bought) {
          sum += vectors[ids.getOrDefault(one, 0)][d];
        }
        score += vectors[ids.getOrDefault(itemId, 0)][d] * sum / MAX_LENGTH / DIMENSIONS;
      }
      return score;
    }
  }

  @Test
  void isTheSameAsComputedOneByOne() throws Exception {
    Histories histories = new Histories(SEED, 60);
    float[][] vectors = randomVectors();
    PlainModel plain = new PlainModel(vectors);
    List<String> expected =
        new SequentialFeed(histories.interactions, histories.items, settings)
            .withSequenceModel(plain, MAX_LENGTH, CANDIDATES)
            .lines();
    assertThat(plain.asked).as("scores").isGreaterThan(200);
    List<String> alone = lines(histories, model(vectors, OutputOrder.ORDERED), 1);
    RecommendTest.assertSame(alone, expected, SEED, RankingModelTest.ROUNDING);
    RecommendTest.assertSame(
        lines(histories, model(vectors, OutputOrder.UNORDERED), 3),
        alone,
        SEED,
        RankingModelTest.ROUNDING);
    assertThat(alone)
        .as("with the model and without it")
        .isNotEqualTo(
            new SequentialFeed(histories.interactions, histories.items, settings).lines());
  }

  /** Sums over all judged baskets: recall with the model, and by the blend alone. */
  private double[] recalls(float[][] vectors) throws Exception {
    List<String> lines =
        Topology.run(
            departments(),
            List.of(),
            List.of(),
            // What the model knows companions would soon know, too.
            RecommendSettings.of(5, "", "")
                .withWeights(FeedWeights.DEFAULT.withSources(Set.of(Source.HISTORY, Source.TREND))),
            new RankingModel(model(vectors, OutputOrder.ORDERED).settings(), 40),
            2,
            Duration.ZERO);
    double[] sums = new double[2];
    Pattern recalls = Pattern.compile(" recall=(\\S+) .* blend=(\\S+)");
    for (String line : lines) {
      Matcher found = recalls.matcher(line);
      if (found.find()) {
        sums[0] += Double.parseDouble(found.group(1));
        sums[1] += Double.parseDouble(found.group(2));
      }
    }
    return sums;
  }

  /** Each person buys in one of six departments, which are the remainders by 6. */
  private static List<Interaction> departments() {
    Random random = new Random(SEED);
    List<Interaction> rows = new ArrayList<>();
    for (int basket = 0; basket < 160; basket++) {
      int person = random.nextInt(30);
      for (int row = 0; row < 3; row++) {
        rows.add(
            new Interaction(
                "user" + person,
                "item" + (person % 6 + 6 * random.nextInt(10)),
                Instant.ofEpochMilli(Histories.START + basket * 3_600_000L),
                "basket" + basket,
                1.0,
                null,
                null));
      }
    }
    return rows;
  }

  @Test
  void aModelThatKnowsTheShopHelpsAndOneThatDoesNotCostsNothing() throws Exception {
    float[][] knowing = new float[KNOWN.size() + 1][DIMENSIONS];
    for (int id = 1; id < knowing.length; id++) {
      knowing[id][Integer.parseInt(KNOWN.get(id - 1).substring(4)) % 6] = 1;
    }
    double[] informed = recalls(knowing);
    assertThat(informed[0]).as("by the blend: %s", informed[1]).isGreaterThan(1.05 * informed[1]);
    double[] useless = recalls(randomVectors());
    assertThat(useless[0]).as("by the blend: %s", useless[1]).isGreaterThan(0.97 * useless[1]);
  }

  @Test
  void aModelOfAnotherShapeIsRefusedBeforeTheJobStarts() throws Exception {
    RankingModel model = model(randomVectors(), OutputOrder.ORDERED);
    RawModels.classifier(folder);
    Histories histories = new Histories(SEED, 1);
    assertThatThrownBy(() -> lines(histories, model, 1))
        .hasMessageContaining("reads [X FLOAT32[?, 3]]")
        .hasMessageContaining("It must read input_ids INT64[rows, 4]");
    Files.writeString(folder.resolve("config.json"), "{\"max_length\": 0}");
    assertThatThrownBy(() -> lines(histories, model, 1))
        .hasMessageContaining("'max_length' is 0. It must be a number from 1 to 4096");
    Files.writeString(folder.resolve("config.json"), "{\"max_length\": 4}");
    Files.write(folder.resolve("items.txt"), List.of("item1", "item2", "item1"));
    assertThatThrownBy(() -> lines(histories, model, 1))
        .hasMessageContaining("line 3, has the item 'item1' of line 1 again");
  }
}
