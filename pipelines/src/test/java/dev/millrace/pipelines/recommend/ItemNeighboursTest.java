package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.pipelines.recommend.NearCatalogue.Neighbour;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ItemNeighboursTest {
  private static final int LIST = 5;
  private static final double MIN = 0.1;

  private final List<NearCatalogue> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(NearCatalogue::close);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void areThoseOfAllPairsWhateverChanges(long seed) throws IOException {
    Random random = new Random(seed);
    Map<String, float[]> vectors = new TreeMap<>();
    NearCatalogue neighbours = near(LIST, MIN, ShopRules.NONE);
    // More than a block, and each item about three times.
    for (int step = 0; step < 900; step++) {
      String item = "item" + random.nextInt(300);
      float[] vector = vector(random, 12);
      if (random.nextInt(30) == 0) {
        neighbours.put(item, new float[12]);
        vectors.remove(item);
      } else {
        neighbours.put(item, vector);
        vectors.put(item, vector);
      }
      if (step % 100 == 99) {
        check(neighbours, vectors, seed);
        neighbours.restore();
      }
    }

    // The bits do not depend on the order.
    List<String> order = new ArrayList<>(vectors.keySet());
    Collections.shuffle(order, random);
    NearCatalogue again = near(LIST, MIN, ShopRules.NONE);
    order.forEach(item -> again.put(item, vectors.getOrDefault(item, new float[0])));
    for (String item : order) {
      assertThat(again.near(item)).as("seed %d", seed).isEqualTo(neighbours.near(item));
    }
  }

  private NearCatalogue near(int listLength, double minCosine, ShopRules rules) {
    NearCatalogue made = new NearCatalogue(listLength, minCosine, rules);
    open.add(made);
    return made;
  }

  private static void check(NearCatalogue neighbours, Map<String, float[]> vectors, long seed) {
    for (int i = 0; i < 300; i++) {
      String item = "item" + i;
      float[] vector = vectors.get(item);
      List<Neighbour> actual = neighbours.near(item);
      if (vector == null) {
        assertThat(actual).as("seed %d, %s", seed, item).isEmpty();
        continue;
      }
      List<Neighbour> expected = new ArrayList<>();
      vectors.forEach(
          (other, its) -> {
            double cosine = SequentialFeed.cosine(vector, its);
            if (!other.equals(item) && cosine > MIN) {
              expected.add(new Neighbour(other, (float) cosine));
            }
          });
      expected.sort(Comparator.comparing(Neighbour::cosine).reversed());
      List<Neighbour> nearest = expected.subList(0, Math.min(LIST, expected.size()));
      assertThat(actual.stream().map(Neighbour::itemId))
          .as("seed %d, %s", seed, item)
          .containsExactlyElementsOf(nearest.stream().map(Neighbour::itemId).toList());
      for (int n = 0; n < nearest.size(); n++) {
        assertThat(actual.get(n).cosine()).isCloseTo(nearest.get(n).cosine(), within(1e-5f));
      }
    }
  }

  @Test
  void vectorsThatAreNoneAreLeftOut() {
    NearCatalogue neighbours = near(LIST, -0.9, ShopRules.NONE);
    neighbours.put("empty", new float[0]);
    neighbours.put("zero", new float[2]);
    neighbours.put("nan", new float[] {1, Float.NaN});
    neighbours.put("infinite", new float[] {1, Float.POSITIVE_INFINITY});
    neighbours.put("a", new float[] {1, 0});
    neighbours.put("b", new float[] {0, 2});
    assertThat(neighbours.near("a")).containsExactly(new Neighbour("b", 0));
    neighbours.put("b", new float[0]);
    assertThat(neighbours.near("a")).isEmpty();
    assertThat(neighbours.near("b")).isEmpty();
    assertThat(neighbours.near("zero")).isEmpty();
    assertThat(neighbours.near("nowhere")).isEmpty();
  }

  @Test
  void vectorsOfAnotherLengthAreRefused() {
    NearCatalogue neighbours = near(LIST, MIN, ShopRules.NONE);
    neighbours.put("a", new float[] {1, 0});
    assertThatThrownBy(() -> neighbours.put("b", new float[] {1, 0, 0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'b' has 3 values")
        .hasMessageContaining("had 2");
  }

  private static float[] vector(Random random, int dimensions) {
    float[] vector = new float[dimensions];
    for (int d = 0; d < dimensions; d++) {
      vector[d] = (float) random.nextGaussian();
    }
    return vector;
  }
}
