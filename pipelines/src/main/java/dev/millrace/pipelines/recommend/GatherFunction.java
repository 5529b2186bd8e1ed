package dev.millrace.pipelines.recommend;

import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Brings a slate and what the model said of its candidates together, by {@link Slate#feedId()}.
 *
 * <p>A slate and its questions have one timestamp, and no watermark passes one that is at the
 * model. So when the watermark reaches it, all that will come is there: answers that are not are to
 * those that failed. Nothing is kept beyond that.
 */
final class GatherFunction extends KeyedCoProcessFunction<String, Slate, RankingScores, Slate> {
  private static final long serialVersionUID = 1L;

  // Flink calls open() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient ValueState<Slate> slates;

  @SuppressWarnings("NullAway.Init")
  private transient MapState<Integer, Float> scores;

  @Override
  public void open(OpenContext context) {
    slates =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("slate", TypeInformation.of(Slate.class)));
    scores =
        getRuntimeContext().getMapState(new MapStateDescriptor<>("scores", Types.INT, Types.FLOAT));
  }

  @Override
  public void processElement1(Slate slate, Context context, Collector<Slate> out) throws Exception {
    slates.update(slate);
    context.timerService().registerEventTimeTimer(context.timestamp());
  }

  @Override
  public void processElement2(RankingScores scored, Context context, Collector<Slate> out)
      throws Exception {
    for (int i = 0; i < scored.scores.length; i++) {
      scores.put(scored.place + i, scored.scores[i]);
    }
    context.timerService().registerEventTimeTimer(context.timestamp());
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Slate> out)
      throws Exception {
    Slate slate = slates.value();
    if (slate != null && slate.appraisal != null) {
      for (Map.Entry<Integer, Float> score : scores.entries()) {
        slate.appraisal.scores[score.getKey()] = score.getValue();
      }
      out.collect(slate);
    }
    slates.clear();
    scores.clear();
  }
}
