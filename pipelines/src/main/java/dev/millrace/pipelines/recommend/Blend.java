package dev.millrace.pipelines.recommend;

/**
 * The powers of {@link FeedWeights}, as they have been learnt so far.
 *
 * <p><b>Learning.</b> Of all candidates before a basket, those in the basket should have had the
 * scores: the loss is the cross entropy between the basket's items, each as likely as the other,
 * and the scores as shares of their sum (ListNet: Cao et al., Learning to Rank: From Pairwise
 * Approach to Listwise Approach, 2007). One step of {@link Descent} a basket.
 *
 * <p>Not thread-safe.
 */
final class Blend implements Learner {
  private static final int BOUGHT = 0;
  private static final int UNKNOWN = BOUGHT + 1 + FeedWeights.Bought.FACTS;
  private static final int COLD = UNKNOWN + 1 + FeedWeights.Unknown.FACTS;
  private static final int SIZE = COLD + 1 + FeedWeights.Unknown.FACTS;

  private final Descent powers;

  Blend(FeedWeights weights) {
    double[] first = new double[SIZE];
    System.arraycopy(weights.bought().powers(), 0, first, BOUGHT, UNKNOWN - BOUGHT);
    System.arraycopy(weights.unknown().powers(), 0, first, UNKNOWN, COLD - UNKNOWN);
    System.arraycopy(weights.cold().powers(), 0, first, COLD, SIZE - COLD);
    powers = new Descent(weights.learningRate(), first);
  }

  @Override
  public Descent descent() {
    return powers;
  }

  /** Before the age of an item was known, the last power of each kind of unknown ones was not. */
  @Override
  public void restore(double[] values, double[] squares) {
    powers.restore(withAge(values), withAge(squares));
  }

  private static double[] withAge(double[] saved) {
    if (saved.length == SIZE) {
      return saved;
    }
    int each = FeedWeights.Unknown.FACTS;
    double[] widened = new double[SIZE];
    System.arraycopy(saved, 0, widened, 0, UNKNOWN + each);
    System.arraycopy(saved, UNKNOWN + each, widened, COLD, each);
    return widened;
  }

  /** For each candidate, the share that it has of all their scores: 0 to 1, 1 in all. */
  double[] shares(Slate slate) {
    double[] shares = new double[slate.size()];
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = logarithm(slate, i);
      highest = Math.max(highest, shares[i]);
    }
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.exp(shares[i] - highest);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** By how much companions raise the logarithm of the score of an item that is not bought. */
  double companionPart(Slate slate, int item) {
    return part(slate, item, FeedWeights.Unknown.COMPANIONS, Facts.NO_COMPANION);
  }

  /** By how much content raises the logarithm of the score of an item that is not bought. */
  double contentPart(Slate slate, int item) {
    return part(slate, item, FeedWeights.Unknown.CONTENT, Facts.NOT_NEAR);
  }

  private double part(Slate slate, int item, int fact, float floor) {
    return powers.value(firstPower(slate, item) + 1 + fact)
        * (slate.facts[slate.factsOf(item) + fact] - floor);
  }

  @Override
  public void learn(Slate slate) {
    int found = slate.found();
    if (found == 0 || powers.isOff()) {
      return;
    }
    double[] shares = shares(slate);
    double[] gradient = new double[SIZE];
    for (int i = 0; i < shares.length; i++) {
      double over = shares[i] - (slate.inBasket[i] ? 1.0 / found : 0);
      int power = firstPower(slate, i);
      int fact = slate.factsOf(i);
      gradient[power] += over;
      for (int f = 0; f < slate.factCount(i); f++) {
        gradient[power + 1 + f] += over * slate.facts[fact + f];
      }
    }
    powers.step(gradient);
  }

  private double logarithm(Slate slate, int item) {
    int power = firstPower(slate, item);
    int fact = slate.factsOf(item);
    double sum = powers.value(power);
    for (int f = 0; f < slate.factCount(item); f++) {
      sum += powers.value(power + 1 + f) * slate.facts[fact + f];
    }
    return sum;
  }

  private static int firstPower(Slate slate, int item) {
    return slate.isBought(item) ? BOUGHT : slate.isCold(item) ? COLD : UNKNOWN;
  }
}
