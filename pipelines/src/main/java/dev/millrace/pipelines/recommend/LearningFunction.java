package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Handles slates by what has been learnt before them, and learns from those with a basket.
 *
 * <p>A slate of the moment m is handled by what the baskets of all people before m taught, and by
 * nothing else: so no basket is judged by what was learnt from it, and the feed does not depend on
 * the parallelism. All subtasks are sent all slates with a basket, and each learns the same from
 * them in the order of event time. Slates come when event time has passed their moment by the gap,
 * with that as their timestamp; when the watermark reaches it, all before are there.
 *
 * @param <L> what learns
 * @param <OUT> what slates become
 */
abstract class LearningFunction<L extends Learner, OUT>
    extends KeyedBroadcastProcessFunction<String, Slate, Slate, OUT>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  static final MapStateDescriptor<String, double[]> BLEND =
      new MapStateDescriptor<>(
          "blend", Types.STRING, PrimitiveArrayTypeInfo.DOUBLE_PRIMITIVE_ARRAY_TYPE_INFO);
  static final MapStateDescriptor<Integer, Slate> TO_LEARN =
      new MapStateDescriptor<>("to-learn", Types.INT, TypeInformation.of(Slate.class));

  private static final String POWERS = "powers";
  private static final String SQUARES = "squares";

  private final long gap;

  private transient ListState<Slate> waiting;

  // Flink calls initializeState() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient L learner;

  @SuppressWarnings("NullAway.Init")
  private transient TreeMap<Long, List<Slate>> toLearn;

  @SuppressWarnings("NullAway.Init")
  private transient BroadcastState<String, double[]> blendState;

  @SuppressWarnings("NullAway.Init")
  private transient BroadcastState<Integer, Slate> toLearnState;

  @SuppressWarnings(
      "NullAway.Init") // Flink calls initializeState() and open() before anything else.
  LearningFunction(RecommendSettings settings) {
    this.gap = settings.basketGap().toMillis();
  }

  /** One that has learnt nothing yet. */
  abstract L begin();

  /** Of a person, in the order of moments. */
  abstract void handle(Slate slate, L learner, OnTimerContext context, Collector<OUT> out);

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    learner = begin();
    toLearn = new TreeMap<>();
    blendState = context.getOperatorStateStore().getBroadcastState(BLEND);
    toLearnState = context.getOperatorStateStore().getBroadcastState(TO_LEARN);
    double[] powers = blendState.get(POWERS);
    double[] squares = blendState.get(SQUARES);
    if (powers != null && squares != null) {
      learner.restore(powers, squares);
    }
    for (Map.Entry<Integer, Slate> entry : toLearnState.immutableEntries()) {
      add(entry.getValue());
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    blendState.put(POWERS, learner.descent().values());
    blendState.put(SQUARES, learner.descent().squares());
    toLearnState.clear();
    int index = 0;
    for (List<Slate> slates : toLearn.values()) {
      for (Slate slate : slates) {
        toLearnState.put(index++, slate);
      }
    }
  }

  @Override
  public void open(OpenContext context) {
    waiting =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>("waiting-slates", TypeInformation.of(Slate.class)));
  }

  @Override
  public void processBroadcastElement(Slate slate, Context context, Collector<OUT> out) {
    add(slate);
    // Also where no timer fires because this subtask has no people: what waits must not grow
    // without bound.
    long watermark = context.currentWatermark();
    if (watermark >= Long.MIN_VALUE + gap) {
      learnBefore(watermark - gap);
    }
  }

  @Override
  public void processElement(Slate slate, ReadOnlyContext context, Collector<OUT> out)
      throws Exception {
    waiting.add(slate);
    context.timerService().registerEventTimeTimer(slate.time + gap);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<OUT> out) throws Exception {
    long moment = timestamp - gap;
    learnBefore(moment);
    List<Slate> now = Due.take(waiting, slate -> slate.time <= moment);
    now.sort(Slate.ORDER);
    for (Slate slate : now) {
      handle(slate, learner, context, out);
    }
  }

  private void add(Slate slate) {
    toLearn.computeIfAbsent(slate.time, time -> new ArrayList<>()).add(slate);
  }

  private void learnBefore(long moment) {
    while (!toLearn.isEmpty() && toLearn.firstKey() < moment) {
      List<Slate> slates = toLearn.pollFirstEntry().getValue();
      slates.sort(Slate.ORDER);
      slates.forEach(learner::learn);
    }
  }
}
