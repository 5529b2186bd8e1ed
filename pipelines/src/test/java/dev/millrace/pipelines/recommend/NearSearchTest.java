package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipelines.recommend.NearCatalogue.Neighbour;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is near to what where that is found along a graph, beside what it is exactly. */
class NearSearchTest {

  private static final int LIST = 10;
  private static final double MIN = 0.3;
  private static final int DIMENSION = 24;
  private static final int EXACT_UP_TO = 300;

  /** So few that an item is not among the nearest of all whose lists it belongs to. */
  private static final int CENTRES = 4;

  private static final double NOT_EXACT = 0.99999;

  private final List<NearCatalogue> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(NearCatalogue::close);
  }

  private NearCatalogue exact() {
    return catalogue(Integer.MAX_VALUE, ShopRules.NONE);
  }

  private NearCatalogue alongAGraph() {
    return catalogue(EXACT_UP_TO, ShopRules.NONE);
  }

  private NearCatalogue catalogue(int exactUpTo, ShopRules rules) {
    NearCatalogue made = new NearCatalogue(LIST, MIN, rules, exactUpTo);
    open.add(made);
    return made;
  }

  /** Around one of some centres. */
  private static float[] near(int centre, Random random) {
    Random its = new Random(centre);
    float[] vector = new float[DIMENSION];
    for (int d = 0; d < DIMENSION; d++) {
      vector[d] = (float) (its.nextGaussian() + 0.7 * random.nextGaussian());
    }
    return vector;
  }

  private static void fill(int items, long seed, NearCatalogue... catalogues) {
    Random random = new Random(seed);
    for (int i = 0; i < items; i++) {
      float[] vector = near(random.nextInt(CENTRES), random);
      for (NearCatalogue catalogue : catalogues) {
        catalogue.put("item" + i, vector);
      }
    }
  }

  private static double recall(int items, NearCatalogue found, NearCatalogue exact) {
    int wanted = 0;
    int common = 0;
    for (int i = 0; i < items; i++) {
      Set<Neighbour> all = new HashSet<>(exact.near("item" + i));
      wanted += all.size();
      all.retainAll(found.near("item" + i));
      common += all.size();
    }
    assertThat(wanted).isGreaterThan(items * LIST / 2);
    return common / (double) wanted;
  }

  @Test
  void nearlyAllThatIsNearIsFoundAndUpToTheBoundAllOfIt() {
    NearCatalogue graph = alongAGraph();
    NearCatalogue exact = exact();
    fill(EXACT_UP_TO, 1, graph, exact);
    for (int i = 0; i < EXACT_UP_TO; i++) {
      assertThat(graph.near("item" + i)).isEqualTo(exact.near("item" + i));
    }
    NearCatalogue more = alongAGraph();
    NearCatalogue moreExact = exact();
    fill(2000, 2, more, moreExact);
    assertThat(recall(2000, more, moreExact)).isBetween(0.95, NOT_EXACT);
  }

  /** Each item is given another vector about three times, and some are taken away. */
  @Test
  void itemsThatChangeAreFoundWhereTheyAreNow() {
    NearCatalogue graph = alongAGraph();
    NearCatalogue exact = exact();
    Random random = new Random(4);
    for (int change = 0; change < 3000; change++) {
      String item = "item" + random.nextInt(1000);
      float[] vector =
          random.nextInt(30) == 0 ? new float[0] : near(random.nextInt(CENTRES), random);
      graph.put(item, vector);
      exact.put(item, vector);
    }
    // Of a former place nothing is left: the cosines are compared, too.
    assertThat(recall(1000, graph, exact)).isGreaterThan(0.95);
    float[] place = near(1000, random);
    for (int i = 0; i < 2 * LIST; i++) {
      graph.put("moving" + i, nudged(place, random));
    }
    float[] other = near(1001, random);
    for (int i = 0; i < 2 * LIST; i++) {
      graph.put("moving" + i, nudged(other, random));
    }
    graph.put("old place", place);
    graph.put("new place", other);
    assertThat(graph.near("old place")).noneMatch(near -> near.itemId().startsWith("moving"));
    assertThat(graph.near("new place")).allMatch(near -> near.itemId().startsWith("moving"));
  }

  private static float[] nudged(float[] vector, Random random) {
    float[] nudged = vector.clone();
    for (int d = 0; d < nudged.length; d++) {
      nudged[d] += 0.01f * (float) random.nextGaussian();
    }
    return nudged;
  }

  /** Before the graph begins, while it catches up, when it is just needed, and above. */
  @ParameterizedTest
  @ValueSource(ints = {100, 200, EXACT_UP_TO, 500})
  void aRestartDoesNotShow(int restart) throws IOException {
    ShopRules alike = ShopRules.NONE.withMostAlike(1, 0.8);
    NearCatalogue undisturbed = catalogue(EXACT_UP_TO, alike);
    NearCatalogue restarted = catalogue(EXACT_UP_TO, alike);
    Random random = new Random(restart);
    float[] often = near(1, random);
    for (int i = 0; i < 900; i++) {
      String item = "item" + (random.nextInt(4) == 0 ? random.nextInt(i + 1) : i);
      float[] vector =
          switch (random.nextInt(20)) {
            case 0 -> new float[0];
            case 1, 2 -> often;
            default -> near(random.nextInt(CENTRES), random);
          };
      assertThat(told(restarted.put(item, vector)))
          .as("change %d", i)
          .isEqualTo(told(undisturbed.put(item, vector)));
      if (i == restart) {
        restarted.restore();
        restarted.restore();
      }
    }
  }

  private static List<String> told(List<NearItems> changes) {
    return changes.stream()
        .map(
            change ->
                change.itemId
                    + change.number
                    + Arrays.toString(change.near)
                    + Arrays.toString(change.cosines)
                    + Arrays.toString(change.entered)
                    + Arrays.toString(change.enteredCosines)
                    + Arrays.toString(change.alike))
        .toList();
  }

  /** It is exact until it has its graph. */
  @Test
  void aStateWithoutLinksGetsThem() throws IOException {
    NearCatalogue graph = alongAGraph();
    NearCatalogue exact = exact();
    fill(1000, 1, graph, exact);
    graph.restoreWithoutLinks();
    Random random = new Random(2);
    for (int i = 1000; i < 2000; i++) {
      float[] vector = near(random.nextInt(CENTRES), random);
      String item = "item" + i;
      graph.put(item, vector);
      exact.put(item, vector);
      if (i < 1050) {
        assertThat(graph.near(item)).isEqualTo(exact.near(item));
      }
    }
    assertThat(recall(2000, graph, exact)).isBetween(0.95, NOT_EXACT);
  }

  /** Another bound after a restart. */
  @Test
  void aBoundThatIsRaisedMakesItExactAgain() throws IOException {
    NearCatalogue graph = alongAGraph();
    NearCatalogue exact = exact();
    fill(1000, 1, graph, exact);
    graph.restoreFor(10_000);
    Random random = new Random(3);
    for (int i = 1000; i < 1100; i++) {
      float[] vector = near(random.nextInt(CENTRES), random);
      graph.put("item" + i, vector);
      exact.put("item" + i, vector);
      assertThat(graph.near("item" + i)).isEqualTo(exact.near("item" + i));
    }
  }

  /** A shop has one description many times; and what it stands beside is still found. */
  @Test
  void equalVectorsAreFoundTogetherAndHideNothing() throws IOException {
    NearCatalogue graph = alongAGraph();
    NearCatalogue exact = exact();
    Random random = new Random(5);
    float[][] descriptions =
        IntStream.range(0, 300)
            .mapToObj(i -> near(random.nextInt(CENTRES), random))
            .toArray(float[][]::new);
    for (int i = 0; i < 1600; i++) {
      float[] vector = descriptions[random.nextInt(descriptions.length)];
      String item = "item" + random.nextInt(900);
      graph.put(item, vector);
      exact.put(item, vector);
    }
    graph.restore();
    assertThat(recall(900, graph, exact)).isGreaterThan(0.98);
  }

  /** All are nearest to the one in the middle, and to each other not at all. */
  @Test
  void oneThatIsNearestToAllCutsNoneOff() {
    NearCatalogue graph = catalogue(0, ShopRules.NONE);
    graph.put("middle", unit(0, 1, 0));
    for (int i = 1; i < 150; i++) {
      graph.put("item" + i, unit(i, 0.7f, 0.7f));
    }
    for (int i = 1; i < 150; i += 7) {
      graph.put("beside" + i, unit(i, 0.6f, 0.8f));
      assertThat(graph.near("beside" + i).get(0).itemId()).isEqualTo("item" + i);
    }
  }

  private static float[] unit(int axis, float shared, float own) {
    float[] vector = new float[150];
    vector[axis] = own;
    vector[0] = shared;
    return vector;
  }

  @Test
  void theLastOneMayGoAndAnotherCome() {
    NearCatalogue graph = catalogue(0, ShopRules.NONE);
    graph.put("a", new float[] {1, 0});
    graph.put("b", new float[] {1, 0.1f});
    graph.put("a", new float[0]);
    graph.put("b", new float[0]);
    graph.put("c", new float[] {1, 0.2f});
    assertThat(graph.near("c")).isEmpty();
    graph.put("a", new float[] {1, 0.3f});
    assertThat(graph.near("c")).hasSize(1);
  }
}
