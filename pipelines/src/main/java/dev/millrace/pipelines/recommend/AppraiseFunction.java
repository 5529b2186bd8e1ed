package dev.millrace.pipelines.recommend;

import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Says what the blend makes of each candidate, and what a ranking model is to be asked. Slates
 * leave without what is known of their candidates, which nobody needs any more.
 */
final class AppraiseFunction extends LearningFunction<Blend, Slate> {
  private static final long serialVersionUID = 1L;

  private final FeedWeights weights;
  private final int most;
  private final OutputTag<RankingPair> pairs;

  /**
   * @param most about how many candidates of a slate the model is asked
   */
  AppraiseFunction(RecommendSettings settings, int most, OutputTag<RankingPair> pairs) {
    super(settings);
    weights = settings.weights();
    this.most = most;
    this.pairs = pairs;
  }

  @Override
  Blend begin() {
    return new Blend(weights);
  }

  @Override
  void handle(Slate slate, Blend blend, OnTimerContext context, Collector<Slate> appraised) {
    Appraisal appraisal = Appraisal.of(slate, blend, most);
    for (RankingPair pair : appraisal.pairs(slate)) {
      context.output(pairs, pair);
    }
    slate.appraisal = appraisal;
    slate.texts = null;
    slate.facts = new float[0];
    appraised.collect(slate);
  }
}
