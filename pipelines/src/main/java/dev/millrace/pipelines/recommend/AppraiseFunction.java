package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Says what the blend makes of each candidate, and what a ranking model is to be asked. Slates
 * leave without what is known of their candidates, which nobody needs any more.
 */
final class AppraiseFunction<Q> extends LearningFunction<Blend, Slate> {
  private static final long serialVersionUID = 1L;

  private final FeedWeights weights;
  private final int most;
  private final Questions<Q> asking;
  private final OutputTag<Q> questions;

  /** What a model is asked about a slate. */
  interface Questions<Q> extends Serializable {
    List<Q> of(Appraisal appraisal, Slate slate);
  }

  /**
   * @param most about how many candidates of a slate the model is asked
   */
  AppraiseFunction(
      RecommendSettings settings, int most, Questions<Q> asking, OutputTag<Q> questions) {
    super(settings);
    weights = settings.weights();
    this.most = most;
    this.asking = asking;
    this.questions = questions;
  }

  @Override
  Blend begin() {
    return new Blend(weights);
  }

  @Override
  void handle(Slate slate, Blend blend, OnTimerContext context, Collector<Slate> appraised) {
    Appraisal appraisal = Appraisal.of(slate, blend, most);
    for (Q question : asking.of(appraisal, slate)) {
      context.output(questions, question);
    }
    slate.appraisal = appraisal;
    slate.texts = null;
    slate.ids = null;
    slate.facts = new float[0];
    appraised.collect(slate);
  }
}
