package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Recommendation;
import java.util.Objects;
import org.apache.flink.util.Collector;

/**
 * Puts slates in order by what the blend and the ranking model say: feeds, or what a feed was worth
 * for a basket, also by the blend alone.
 */
final class ModelRankFunction extends LearningFunction<ModelBlend, Recommendation> {
  private static final long serialVersionUID = 1L;

  private final double learningRate;
  private final boolean probabilities;
  private final FeedWriter writer;

  /**
   * @param probabilities whether the model's scores are some
   */
  ModelRankFunction(RecommendSettings settings, boolean probabilities, FeedWriter writer) {
    super(settings);
    learningRate = settings.weights().learningRate();
    this.probabilities = probabilities;
    this.writer = writer;
  }

  @Override
  ModelBlend begin() {
    return new ModelBlend(learningRate, probabilities);
  }

  @Override
  void handle(
      Slate slate, ModelBlend blend, OnTimerContext context, Collector<Recommendation> feeds) {
    Appraisal appraisal = Objects.requireNonNull(slate.appraisal);
    Ranking ranking = writer.ranking(slate, blend.shares(slate, appraisal), appraisal::reason);
    BasketOutcome outcome = slate.outcome;
    if (outcome != null) {
      writer.judgeBlend(slate, outcome, writer.ranking(slate, appraisal.shares, appraisal::reason));
      writer.judge(slate, outcome, ranking, context);
    } else {
      writer.write(slate, ranking, context, feeds);
    }
  }
}
