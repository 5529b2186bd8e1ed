package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Counts, by item, with what it is bought together, and tells the catalogue whenever that changes.
 *
 * <p>Baskets wait until event time has passed them, and are counted in the order of time: what is
 * let go of when there are too many companions must not depend on the order of arrival. A basket of
 * time t is told of before the watermark t + gap leaves, which is the one that lets the feed know
 * it. An item that nobody has bought for ten half-lives is forgotten.
 */
final class CompanionsFunction extends KeyedProcessFunction<String, BasketItem, CatalogueEvent> {
  private static final long serialVersionUID = 1L;

  /** Less than a thousandth is left of a weight. */
  private static final int HALF_LIVES = 10;

  private final CompanionSettings settings;
  private final long gap;
  private final Decay decay;
  private final long memory;

  private transient ValueState<CompanionCounts> counts;
  private transient ListState<BasketItem> waiting;

  CompanionsFunction(RecommendSettings settings) {
    this.settings = settings.companions();
    gap = settings.basketGap().toMillis();
    decay = Decay.of(this.settings.halfLife());
    memory = HALF_LIVES * this.settings.halfLife().toMillis();
  }

  @Override
  public void open(OpenContext context) {
    counts =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "companions", TypeInformation.of(CompanionCounts.class)));
    waiting =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>("waiting-items", TypeInformation.of(BasketItem.class)));
  }

  @Override
  public void processElement(BasketItem item, Context context, Collector<CatalogueEvent> out)
      throws Exception {
    long due = item.time + gap;
    if (due <= context.timerService().currentWatermark()) {
      count(List.of(item), context, out);
    } else {
      waiting.add(item);
      context.timerService().registerEventTimeTimer(due);
    }
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<CatalogueEvent> out)
      throws Exception {
    List<BasketItem> now = new ArrayList<>();
    List<BasketItem> later = new ArrayList<>();
    for (BasketItem item : waiting.get()) {
      (item.time + gap <= timestamp ? now : later).add(item);
    }
    if (!now.isEmpty()) {
      waiting.update(later);
      now.sort(BasketItem.ORDER);
      count(now, context, out);
    }
    CompanionCounts known = counts.value();
    if (known != null && known.lookAt <= timestamp) {
      lookAgain(known, context, out);
    }
  }

  private void count(List<BasketItem> items, Context context, Collector<CatalogueEvent> out)
      throws Exception {
    CompanionCounts known = counts.value();
    if (known == null) {
      known = new CompanionCounts();
    }
    for (BasketItem item : items) {
      known.add(item, decay, settings.counted());
    }
    if (known.lookAt == Long.MIN_VALUE) {
      known.lookAt = known.last + gap + memory;
      context.timerService().registerEventTimeTimer(known.lookAt);
    }
    counts.update(known);
    out.collect(
        CatalogueEvent.of(
            CompanionList.of(context.getCurrentKey(), known, settings.listed()), known.last));
  }

  private void lookAgain(
      CompanionCounts known, OnTimerContext context, Collector<CatalogueEvent> out)
      throws Exception {
    if (known.last + gap + memory <= context.timestamp()) {
      counts.clear();
      out.collect(
          CatalogueEvent.of(
              CompanionList.of(context.getCurrentKey(), new CompanionCounts(), 0),
              context.timestamp() - gap));
    } else {
      known.lookAt = known.last + gap + memory;
      context.timerService().registerEventTimeTimer(known.lookAt);
      counts.update(known);
    }
  }
}
