package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Recommendation;
import org.apache.flink.util.Collector;

/** Puts slates in order by the blend: feeds, or what a feed was worth for a basket. */
final class RankFunction extends LearningFunction<Blend, Recommendation> {
  private static final long serialVersionUID = 1L;

  private final FeedWeights weights;
  private final FeedWriter writer;

  RankFunction(RecommendSettings settings, FeedWriter writer) {
    super(settings);
    weights = settings.weights();
    this.writer = writer;
  }

  @Override
  Blend begin() {
    return new Blend(weights);
  }

  @Override
  void handle(Slate slate, Blend blend, OnTimerContext context, Collector<Recommendation> feeds) {
    Ranking ranking =
        writer.ranking(slate, blend.shares(slate), item -> Ranking.reason(item, slate, blend));
    BasketOutcome outcome = slate.outcome;
    if (outcome != null) {
      writer.judge(slate, outcome, ranking, context);
    } else {
      writer.write(slate, ranking, context, feeds);
    }
  }
}
