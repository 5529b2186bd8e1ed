package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs of items that are alike, against comparing every two. */
class AlikeItemsTest {
  private static final double FROM = 0.4;
  private static final int ITEMS = 120;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void areAllPairsAlsoWhenVectorsChange(long seed) throws IOException {
    try (NearCatalogue neighbours =
        new NearCatalogue(5, 0.5, ShopRules.NONE.withMostAlike(1, FROM))) {
      areAllPairs(neighbours, seed, false);
    }
  }

  /** What is alike was not asked for, and is from a restart on. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void areToldWhereTheyAreWantedFromARestartOn(long seed) throws IOException {
    try (NearCatalogue neighbours = new NearCatalogue(5, 0.5, ShopRules.NONE)) {
      areAllPairs(neighbours, seed, true);
    }
  }

  private static void areAllPairs(NearCatalogue neighbours, long seed, boolean restarted)
      throws IOException {
    Random random = new Random(seed);
    float[][] vectors = new float[ITEMS][];
    for (int change = 0; change < 3 * ITEMS; change++) {
      int item = random.nextInt(ITEMS);
      float[] vector = new float[random.nextInt(8) == 0 ? 0 : 6];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = (float) random.nextGaussian();
      }
      vectors[item] = vector;
      neighbours.put("item" + item, vector);
    }
    if (restarted) {
      neighbours.restoreFor(ShopRules.NONE.withMostAlike(1, FROM));
    }
    List<Integer> some = random.ints(0, ITEMS).distinct().limit(60).boxed().toList();
    List<Integer> expected = new ArrayList<>();
    for (int a = 0; a < some.size(); a++) {
      for (int b = a + 1; b < some.size(); b++) {
        float[] one = vectors[some.get(a)];
        float[] other = vectors[some.get(b)];
        if (one != null
            && other != null
            && one.length > 0
            && other.length > 0
            && SequentialFeed.cosine(one, other) >= FROM) {
          expected.add(a);
          expected.add(b);
        }
      }
    }
    assertThat(neighbours.alike(some.stream().map(i -> "item" + i).toList()))
        .as("seed %d", seed)
        .containsExactly(expected.stream().mapToInt(i -> i).toArray());
  }
}
