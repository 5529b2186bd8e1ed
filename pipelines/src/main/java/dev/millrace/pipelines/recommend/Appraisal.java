package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the blend makes of a slate's candidates, and what a ranking model says of the best of them.
 * Public for Flink's serializer only.
 */
public final class Appraisal {
  /** For each candidate its share of all their scores by the blend. */
  public double[] shares = {};

  /** For each candidate why it is there. */
  public Reason[] reasons = {};

  /**
   * The candidates that the model is asked about: of those with the largest shares, those that it
   * can be asked about.
   */
  public int[] asked = {};

  /** What the model says of each of these; NaN where it has said nothing. */
  public float[] scores = {};

  public Appraisal() {}

  /**
   * Before the model is asked.
   *
   * @param most about how many candidates it is asked at most
   */
  static Appraisal of(Slate slate, Blend blend, int most) {
    Appraisal appraisal = new Appraisal();
    appraisal.shares = blend.shares(slate);
    appraisal.reasons = new Reason[slate.size()];
    for (int i = 0; i < appraisal.reasons.length; i++) {
      appraisal.reasons[i] = Ranking.reason(i, slate, blend);
    }
    appraisal.asked =
        Arrays.stream(Ranking.best(appraisal.shares, most)).filter(slate::canBeAsked).toArray();
    appraisal.scores = new float[appraisal.asked.length];
    Arrays.fill(appraisal.scores, Float.NaN);
    return appraisal;
  }

  /** What a cross-encoder is asked. */
  List<RankingPair> pairs(Slate slate) {
    List<RankingPair> pairs = new ArrayList<>(asked.length);
    RankingTexts texts = slate.texts;
    if (texts != null) {
      String feedId = slate.feedId();
      for (int place = 0; place < asked.length; place++) {
        pairs.add(new RankingPair(feedId, place, texts.bought, texts.titles[asked[place]]));
      }
    }
    return pairs;
  }

  /** What a sequence model is asked: once for all, if at all. */
  List<RankingSequence> sequences(Slate slate) {
    RankingIds ids = slate.ids;
    if (ids == null || asked.length == 0) {
      return List.of();
    }
    long[] candidates = Arrays.stream(asked).mapToLong(item -> ids.candidates[item]).toArray();
    return List.of(new RankingSequence(slate.feedId(), ids.bought, candidates));
  }

  Reason reason(int item) {
    return reasons[item];
  }
}
