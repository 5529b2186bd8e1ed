package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import java.io.Serializable;
import java.time.Instant;
import java.util.function.IntFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Makes of a slate whose candidates have scores what leaves. */
record FeedWriter(
    RecommendSettings settings, OutputTag<BasketOutcome> outcomes, OutputTag<FeedExample> examples)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  Ranking ranking(Slate slate, double[] scores, IntFunction<Reason> reasons) {
    return Ranking.of(
        slate,
        scores,
        reasons,
        settings.topK(),
        settings.weights().discoverOf(settings.topK()),
        settings.rules());
  }

  /** Adds to an outcome what the blend alone would have been worth. */
  void judgeBlend(Slate slate, BasketOutcome outcome, Ranking ranking) {
    FeedJudge.judgeBlend(slate, outcome, ranking, settings.topK());
  }

  void judge(
      Slate slate,
      BasketOutcome outcome,
      Ranking ranking,
      KeyedBroadcastProcessFunction<String, Slate, Slate, Recommendation>.OnTimerContext context) {
    FeedJudge.judge(slate, outcome, ranking, settings.topK());
    context.output(outcomes, outcome);
  }

  /** Of a slate without an outcome. */
  void write(
      Slate slate,
      Ranking ranking,
      KeyedBroadcastProcessFunction<String, Slate, Slate, Recommendation>.OnTimerContext context,
      Collector<Recommendation> feeds) {
    feeds.collect(
        new Recommendation(
            slate.userId,
            Instant.ofEpochMilli(slate.time - 1),
            settings.model(),
            settings.modelDigest(),
            ranking.feed().stream().map(place -> place.recommended(slate)).toList()));
    Slate.Shown shown = slate.shown;
    if (shown != null) {
      FeedExample example = shown.example;
      for (Ranking.Place place : ranking.feed()) {
        example.feed.add(
            new FeedExample.Place(
                place.itemId(slate),
                title(shown, place.itemId(slate)),
                place.reason(),
                why(place, slate, shown)));
      }
      context.output(examples, example);
    }
  }

  private static String why(Ranking.Place place, Slate slate, Slate.Shown shown) {
    String becauseOf = place.becauseOf(slate);
    if (place.reason() == Reason.BUY_AGAIN) {
      int times = shown.times[place.item()];
      return times == 1 ? "bought before" : "bought in %d baskets".formatted(times);
    }
    if (becauseOf == null) {
      return "many buy it";
    }
    return (place.reason() == Reason.BOUGHT_TOGETHER ? "bought with " : "near to ")
        + title(shown, becauseOf);
  }

  private static String title(Slate.Shown shown, String itemId) {
    return shown.titles.getOrDefault(itemId, itemId);
  }
}
