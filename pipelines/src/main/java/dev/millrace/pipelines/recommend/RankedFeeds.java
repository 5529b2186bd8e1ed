package dev.millrace.pipelines.recommend;

import dev.millrace.pipelines.Infer;
import dev.millrace.pipelines.InferredStream;
import dev.millrace.pipelines.Rerank;
import dev.millrace.pipelines.ScoredStream;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The last part of the topology: from candidates to feeds.
 *
 * @param recommendations with outcomes and examples as side outputs
 * @param deadLetters of the ranking model; null without one
 */
record RankedFeeds(
    SingleOutputStreamOperator<Recommendation> recommendations,
    @Nullable DataStream<DeadLetter> deadLetters) {
  /** What the blend has learnt is kept under this whether a model follows it or not. */
  private static final String BLEND_UID = "recommend-feed";

  /**
   * @param judged those of the slates with an outcome
   */
  static RankedFeeds byBlend(
      DataStream<Slate> slates,
      DataStream<Slate> judged,
      RecommendSettings settings,
      FeedWriter writer) {
    return new RankedFeeds(
        learning(
                slates,
                judged,
                new RankFunction(settings, writer),
                new AvroTypeInfo<>(Recommendation.class))
            .name("feed")
            .uid(BLEND_UID),
        null);
  }

  /**
   * The blend, then the model's answers to what it is asked about all slates, put together by
   * slate, then both.
   */
  static RankedFeeds byModel(
      DataStream<Slate> slates,
      DataStream<Slate> judged,
      RecommendSettings settings,
      FeedWriter writer,
      RankingModel model) {
    return model.readsSequences()
        ? bySequences(slates, judged, settings, writer, model)
        : byPairs(slates, judged, settings, writer, model);
  }

  private static RankedFeeds byPairs(
      DataStream<Slate> slates,
      DataStream<Slate> judged,
      RecommendSettings settings,
      FeedWriter writer,
      RankingModel model) {
    OutputTag<RankingPair> pairs = new OutputTag<>("pairs", TypeInformation.of(RankingPair.class));
    SingleOutputStreamOperator<Slate> appraised =
        appraised(
            slates,
            judged,
            new AppraiseFunction<>(settings, model.candidates(), Appraisal::pairs, pairs));
    ScoredStream<RankingPair> scored =
        Rerank.stream(
            "ranking model",
            appraised.getSideOutput(pairs),
            new RankingPair.Texts(),
            model.settings());
    DataStream<RankingScores> scores =
        scored
            .rows()
            .map(
                row -> new RankingScores(row.f0.feedId, row.f0.place, row.f1),
                TypeInformation.of(RankingScores.class))
            .name("the model's scores")
            .uid("recommend-scores");
    return ranked(appraised, scores, scored.deadLetters(), settings, writer, model);
  }

  /** A model that reads sequences is asked once for a feed. */
  private static RankedFeeds bySequences(
      DataStream<Slate> slates,
      DataStream<Slate> judged,
      RecommendSettings settings,
      FeedWriter writer,
      RankingModel model) {
    OutputTag<RankingSequence> sequences =
        new OutputTag<>("sequences", TypeInformation.of(RankingSequence.class));
    SingleOutputStreamOperator<Slate> appraised =
        appraised(
            slates,
            judged,
            new AppraiseFunction<>(settings, model.candidates(), Appraisal::sequences, sequences));
    InferredStream<RankingScores> scored =
        Infer.stream(
            "sequence model",
            appraised.getSideOutput(sequences),
            SequenceMapping.INPUTS,
            SequenceMapping.OUTPUTS,
            new SequenceMapping(model.sequence(), model.candidates()),
            TypeInformation.of(RankingScores.class),
            model.settings());
    return ranked(appraised, scored.rows(), scored.deadLetters(), settings, writer, model);
  }

  private static SingleOutputStreamOperator<Slate> appraised(
      DataStream<Slate> slates, DataStream<Slate> judged, AppraiseFunction<?> function) {
    return learning(
            slates,
            toLearnFrom(judged, "to learn the blend from", "recommend-learn-blend"),
            function,
            TypeInformation.of(Slate.class))
        .name("blend")
        .uid(BLEND_UID);
  }

  private static RankedFeeds ranked(
      DataStream<Slate> appraised,
      DataStream<RankingScores> scores,
      DataStream<DeadLetter> deadLetters,
      RecommendSettings settings,
      FeedWriter writer,
      RankingModel model) {
    DataStream<Slate> gathered =
        appraised
            .keyBy(Slate::feedId, Types.STRING)
            .connect(scores.keyBy(answer -> answer.feedId, Types.STRING))
            .process(new GatherFunction(), TypeInformation.of(Slate.class))
            .name("candidates with the model's scores")
            .uid("recommend-gather");
    return new RankedFeeds(
        learning(
                gathered,
                toLearnFrom(
                    gathered
                        .filter(one -> one.outcome != null)
                        .name("the model's scores with baskets")
                        .uid("recommend-scores-judged"),
                    "to learn the model's powers from",
                    "recommend-learn-model"),
                new ModelRankFunction(settings, model.givesProbabilities(), writer),
                new AvroTypeInfo<>(Recommendation.class))
            .name("feed by blend and model")
            .uid("recommend-model-feed"),
        deadLetters);
  }

  private static DataStream<Slate> toLearnFrom(DataStream<Slate> judged, String name, String uid) {
    return judged.map(Slate::toLearnFrom, TypeInformation.of(Slate.class)).name(name).uid(uid);
  }

  private static <L extends Learner, OUT> SingleOutputStreamOperator<OUT> learning(
      DataStream<Slate> slates,
      DataStream<Slate> judged,
      LearningFunction<L, OUT> function,
      TypeInformation<OUT> type) {
    return slates
        .keyBy(slate -> slate.userId, Types.STRING)
        .connect(judged.broadcast(LearningFunction.BLEND, LearningFunction.TO_LEARN))
        .process(function, type);
  }
}
