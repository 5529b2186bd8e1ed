package dev.millrace.pipelines.recommend;

import java.util.Comparator;
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
 * Tells the catalogue, by item, what is offered first and when that has changed, in the order of
 * event time.
 *
 * <p>What is said of an item waits until event time has passed it, so that it does not matter in
 * which order it came; of what has one time, what came last counts. What comes when its time is
 * past counts at once, unless something newer has counted already.
 */
final class OfferFunction extends KeyedProcessFunction<String, ItemOffer, CatalogueEvent> {
  private static final long serialVersionUID = 1L;

  private transient ValueState<ItemOffer> latest;
  private transient ListState<ItemOffer> waiting;

  @SuppressWarnings("NullAway.Init") // Flink calls open() before anything else.
  OfferFunction() {}

  @Override
  public void open(OpenContext context) {
    latest =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("offer", TypeInformation.of(ItemOffer.class)));
    waiting =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>("waiting-offers", TypeInformation.of(ItemOffer.class)));
  }

  @Override
  public void processElement(ItemOffer offer, Context context, Collector<CatalogueEvent> out)
      throws Exception {
    if (offer.eventTime <= context.timerService().currentWatermark()) {
      take(List.of(offer), out);
    } else {
      waiting.add(offer);
      context.timerService().registerEventTimeTimer(offer.eventTime);
    }
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<CatalogueEvent> out)
      throws Exception {
    List<ItemOffer> now = Due.take(waiting, offer -> offer.eventTime <= timestamp);
    now.sort(Comparator.comparingLong(offer -> offer.eventTime));
    take(now, out);
  }

  private void take(List<ItemOffer> offers, Collector<CatalogueEvent> out) throws Exception {
    ItemOffer told = latest.value();
    for (int i = 0; i < offers.size(); i++) {
      ItemOffer known = latest.value();
      ItemOffer offer = offers.get(i);
      if (known != null && offer.eventTime < known.eventTime) {
        continue;
      }
      ItemOffer next = offer.after(known);
      latest.update(next);
      boolean last = i == offers.size() - 1 || offers.get(i + 1).eventTime > offer.eventTime;
      if (last && (told == null || !next.saysTheSameAs(told))) {
        out.collect(CatalogueEvent.of(next));
        told = next;
      }
    }
  }
}
