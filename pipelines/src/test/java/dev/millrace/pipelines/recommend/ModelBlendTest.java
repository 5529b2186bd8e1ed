package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a model's word comes to count. */
class ModelBlendTest {
  private static final int CANDIDATES = 20;
  private static final int BASKETS = 2_000;
  private static final long SEED = 3;

  private final Random random = new Random(SEED);

  /** One with equal shares and scores that are drawn; one of the candidates is in the basket. */
  private Slate slate(Appraisal appraisal, int inBasket) {
    Slate slate = new Slate();
    slate.bought = CANDIDATES / 2;
    slate.cold = new boolean[CANDIDATES / 2];
    slate.inBasket = new boolean[CANDIDATES];
    slate.inBasket[inBasket] = true;
    appraisal.shares = new double[CANDIDATES];
    appraisal.asked = new int[CANDIDATES];
    appraisal.scores = new float[CANDIDATES];
    for (int i = 0; i < CANDIDATES; i++) {
      appraisal.shares[i] = 1.0 / CANDIDATES;
      appraisal.asked[i] = i;
      appraisal.scores[i] = random.nextFloat();
    }
    slate.appraisal = appraisal;
    return slate;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aModelThatKnowsIsHeard(boolean probabilities) {
    ModelBlend blend = new ModelBlend(0.1, probabilities);
    Appraisal appraisal = new Appraisal();
    for (int basket = 0; basket < BASKETS; basket++) {
      int wanted = random.nextInt(CANDIDATES);
      Slate slate = slate(appraisal, wanted);
      appraisal.scores[wanted] = 0.95f;
      blend.learn(slate);
    }
    Slate slate = slate(appraisal, 0);
    appraisal.scores[0] = 0.95f;
    double[] shares = blend.shares(slate, appraisal);
    assertThat(shares[0]).as("seed %d", SEED).isGreaterThan(2.0 / CANDIDATES);
  }

  @Test
  void oneThatDoesNotIsNot() {
    ModelBlend blend = new ModelBlend(0.1, true);
    Appraisal appraisal = new Appraisal();
    for (int basket = 0; basket < BASKETS; basket++) {
      blend.learn(slate(appraisal, random.nextInt(CANDIDATES)));
    }
    for (double power : blend.descent().values()) {
      assertThat(power).as("seed %d", SEED).isCloseTo(0, within(0.1));
    }
  }

  @Test
  void whatItSaysNothingOfStandsWhereItStood() {
    ModelBlend blend = new ModelBlend(0.1, true);
    blend.descent().restore(new double[] {1, 1, 1}, new double[3]);
    Appraisal appraisal = new Appraisal();
    Slate slate = slate(appraisal, 0);
    appraisal.scores[3] = Float.NaN;
    appraisal.scores[4] = Float.NaN;
    double[] shares = blend.shares(slate, appraisal);
    assertThat(shares[3]).isEqualTo(shares[4]);
    assertThat(shares[3]).isCloseTo(1.0 / CANDIDATES, within(0.03));
    double[] equal = new double[CANDIDATES];
    Arrays.fill(equal, 1.0 / CANDIDATES);
    Arrays.fill(appraisal.scores, Float.NaN);
    assertThat(blend.shares(slate, appraisal)).containsOnly(equal, within(1e-12));
    Arrays.fill(appraisal.scores, 0.4f);
    assertThat(blend.shares(slate, appraisal)).containsOnly(equal, within(1e-3));
  }
}
