package dev.millrace.pipelines.recommend;

/**
 * Mixes what a ranking model says into the shares of the blend, by powers that are learnt as those
 * of {@link Blend} are. A candidate's share is multiplied with {@code exp(power * opinion)}; the
 * opinion is the model's score as a logarithm, by how many standard deviations it is above the mean
 * of those that the slate has. So it does not matter in what units a model answers, a candidate of
 * which it has said nothing stands where one of the mean does, and a model that is no help gets
 * powers about 0, which change nothing. The powers begin with 0.
 *
 * <p>Not thread-safe.
 */
final class ModelBlend implements Learner {
  private static final int BOUGHT = 0;
  private static final int UNKNOWN = 1;
  private static final int COLD = 2;
  private static final int SIZE = 3;

  /** A spread that is small beside this is no opinion. */
  private static final double SLIGHT = 0.01;

  /** Probabilities nearer to 0 and 1 than this are rounding. */
  private static final double ALMOST = 1e-7;

  private final boolean probabilities;
  private final Descent powers;

  /**
   * @param probabilities whether the model's scores are some, and not numbers of any size
   */
  ModelBlend(double learningRate, boolean probabilities) {
    this.probabilities = probabilities;
    powers = new Descent(learningRate, new double[SIZE]);
  }

  @Override
  public Descent descent() {
    return powers;
  }

  /** For each candidate, the share that it has of all their scores: 0 to 1, 1 in all. */
  double[] shares(Slate slate, Appraisal appraisal) {
    double[] shares = appraisal.shares.clone();
    double[] opinions = opinions(appraisal);
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] *= Math.exp(powers.value(powerOf(slate, i)) * opinions[i]);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  @Override
  public void learn(Slate slate) {
    Appraisal appraisal = slate.appraisal;
    int found = slate.found();
    if (appraisal == null || found == 0 || powers.isOff()) {
      return;
    }
    double[] shares = shares(slate, appraisal);
    double[] opinions = opinions(appraisal);
    double[] gradient = new double[SIZE];
    for (int i = 0; i < shares.length; i++) {
      double over = shares[i] - (slate.inBasket[i] ? 1.0 / found : 0);
      gradient[powerOf(slate, i)] += over * opinions[i];
    }
    powers.step(gradient);
  }

  /** Of each candidate; 0 where there is none. */
  private double[] opinions(Appraisal appraisal) {
    double[] opinions = new double[appraisal.shares.length];
    int count = 0;
    double sum = 0;
    for (float score : appraisal.scores) {
      if (!Float.isNaN(score)) {
        count++;
        sum += logarithm(score);
      }
    }
    double mean = sum / count;
    double squares = 0;
    for (float score : appraisal.scores) {
      if (!Float.isNaN(score)) {
        squares += (logarithm(score) - mean) * (logarithm(score) - mean);
      }
    }
    double unit = Math.sqrt(squares / count) + SLIGHT;
    for (int place = 0; place < appraisal.asked.length; place++) {
      float score = appraisal.scores[place];
      if (!Float.isNaN(score)) {
        opinions[appraisal.asked[place]] = (logarithm(score) - mean) / unit;
      }
    }
    return opinions;
  }

  /** Of the odds where it is a probability; else it is one as it is. */
  private double logarithm(float score) {
    if (!probabilities) {
      return score;
    }
    double probability = Math.max(ALMOST, Math.min(1 - ALMOST, score));
    return Math.log(probability / (1 - probability));
  }

  private static int powerOf(Slate slate, int item) {
    return slate.isBought(item) ? BOUGHT : slate.isCold(item) ? COLD : UNKNOWN;
  }
}
