package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlendTest {
  private static final int BOUGHT = 2;
  private static final int OTHERS = 3;
  private static final int FACTS_WITHOUT_AGE = 4;
  private static final int POWERS_WITHOUT_AGE = 9 + 5 + 5;

  /** As checkpoints have them from before the age of items was a fact. */
  @Test
  void whatWasLearntBeforeItemsHadAnAgeIsKept() {
    Random random = new Random(20261201);
    double[] powers = random.doubles(POWERS_WITHOUT_AGE, -1, 1).toArray();
    double[] squares = random.doubles(POWERS_WITHOUT_AGE, 0, 9).toArray();
    Slate before = slate(random);
    Slate now = withAges(before);

    Blend blend = new Blend(FeedWeights.DEFAULT);
    blend.restore(powers, squares);

    assertThat(blend.shares(before)).isEqualTo(expected(before, powers));
    assertThat(blend.shares(now)).isEqualTo(blend.shares(before));
    double[] first = blend.descent().values();
    blend.learn(before);
    assertThat(blend.descent().values()).isNotEqualTo(first);
    double[] learnt = blend.descent().values();
    assertThat(learnt[9 + 5]).as("the power of the age").isZero();
    blend.learn(now);
    assertThat(blend.descent().values()[9 + 5]).isNotZero();
  }

  private static Slate slate(Random random) {
    Slate slate = new Slate();
    slate.bought = BOUGHT;
    slate.cold = new boolean[] {false, true, false};
    slate.inBasket = new boolean[] {true, false, false, true, false};
    slate.facts = new float[BOUGHT * FeedWeights.Bought.FACTS + OTHERS * FACTS_WITHOUT_AGE];
    for (int i = 0; i < slate.facts.length; i++) {
      slate.facts[i] = random.nextFloat() - 0.5f;
    }
    return slate;
  }

  private static Slate withAges(Slate before) {
    Slate slate = before.toLearnFrom();
    int bought = BOUGHT * FeedWeights.Bought.FACTS;
    slate.facts = Arrays.copyOf(before.facts, bought + OTHERS * (FACTS_WITHOUT_AGE + 1));
    for (int i = 0; i < OTHERS; i++) {
      int at = bought + i * (FACTS_WITHOUT_AGE + 1);
      System.arraycopy(
          before.facts, bought + i * FACTS_WITHOUT_AGE, slate.facts, at, FACTS_WITHOUT_AGE);
      slate.facts[at + FACTS_WITHOUT_AGE] = 0.3f * (i + 1);
    }
    return slate;
  }

  /**
   * By the powers as they were laid out: nine of bought items, five of the others, five of cold.
   */
  private static double[] expected(Slate slate, double[] powers) {
    double[] logarithms = new double[BOUGHT + OTHERS];
    int fact = 0;
    for (int i = 0; i < logarithms.length; i++) {
      int power = i < BOUGHT ? 0 : slate.cold[i - BOUGHT] ? 14 : 9;
      logarithms[i] = powers[power];
      for (int f = 1; f <= (i < BOUGHT ? 8 : FACTS_WITHOUT_AGE); f++) {
        logarithms[i] += powers[power + f] * slate.facts[fact++];
      }
    }
    double highest = Arrays.stream(logarithms).max().orElseThrow();
    double[] shares = Arrays.stream(logarithms).map(one -> Math.exp(one - highest)).toArray();
    double sum = 0;
    for (double share : shares) {
      sum += share;
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }
}
