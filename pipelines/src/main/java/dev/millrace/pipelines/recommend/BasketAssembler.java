package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Interactions of a person to baskets.
 *
 * <p>A basket begins at its earliest row and takes in every row of its id up to {@code gap} later.
 * It is handed on when event time has passed that, so it does not matter in which order its rows
 * came. Rows of the same id beyond the gap make a further {@linkplain Basket#part part}. A row that
 * comes when its moment is past joins its basket where that still waits; else it is handed on at
 * once, as {@linkplain Basket#late late}. An item that was handed on with a basket before is not
 * handed on with it again, for as long as the basket is remembered.
 */
final class BasketAssembler extends KeyedProcessFunction<String, Interaction, Basket> {
  private static final long serialVersionUID = 1L;

  private final long gap;
  private final long memory;

  private transient MapState<String, BasketDraft> drafts;

  BasketAssembler(Duration gap, Duration memory) {
    this.gap = gap.toMillis();
    this.memory = memory.toMillis();
  }

  @Override
  public void open(OpenContext context) {
    drafts =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "baskets", Types.STRING, TypeInformation.of(BasketDraft.class)));
  }

  @Override
  public void processElement(Interaction row, Context context, Collector<Basket> out)
      throws Exception {
    long time = row.getEventTime().toEpochMilli();
    long watermark = context.timerService().currentWatermark();
    boolean late = time + gap <= watermark;
    String basketId = row.getBasketId();
    if (basketId == null) {
      out.collect(
          new Basket(row.getUserId(), "", time, new String[] {row.getItemId()}, late, false));
      return;
    }
    BasketDraft draft = drafts.get(basketId);
    if (draft == null) {
      draft = new BasketDraft();
    }
    if (draft.isOpen() && late) {
      draft.add(row.getItemId(), Math.max(time, draft.start()));
    } else {
      draft.add(row.getItemId(), time);
    }
    if (!draft.isOpen()) {
      return; // A duplicate of what was handed on.
    }
    if (draft.start() + gap <= watermark) {
      handOn(row.getUserId(), basketId, draft, true, watermark, context, out);
    } else {
      context.timerService().registerEventTimeTimer(draft.start() + gap);
    }
    drafts.put(basketId, draft);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Basket> out)
      throws Exception {
    Map<String, BasketDraft> changed = new HashMap<>();
    List<String> forgotten = new ArrayList<>();
    for (Map.Entry<String, BasketDraft> entry : drafts.entries()) {
      BasketDraft draft = entry.getValue();
      if (draft.isOpen() && draft.start() + gap <= timestamp) {
        handOn(context.getCurrentKey(), entry.getKey(), draft, false, timestamp, context, out);
        changed.put(entry.getKey(), draft);
      } else if (draft.forgetAt <= timestamp) {
        forgotten.add(entry.getKey());
      }
    }
    drafts.putAll(changed);
    for (String basketId : forgotten) {
      drafts.remove(basketId);
    }
  }

  private void handOn(
      String userId,
      String basketId,
      BasketDraft draft,
      boolean late,
      long now,
      Context context,
      Collector<Basket> out) {
    boolean part = !draft.closed.isEmpty();
    long start = draft.start();
    out.collect(new Basket(userId, basketId, start, draft.takeUntil(start + gap), late, part));
    long next = draft.isOpen() ? draft.start() + gap : now + memory;
    if (!draft.isOpen()) {
      draft.forgetAt = next;
    }
    context.timerService().registerEventTimeTimer(next);
  }
}
