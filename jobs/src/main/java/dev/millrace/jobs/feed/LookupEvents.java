package dev.millrace.jobs.feed;

import dev.millrace.jobs.lookup.LookupEvent;
import dev.millrace.jobs.lookup.LookupFigure;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import java.util.Objects;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;

/** What the look-up is told of the job's streams. */
final class LookupEvents {

  private static final TypeInformation<LookupEvent> EVENT = TypeInformation.of(LookupEvent.class);

  private LookupEvents() {}

  static DataStream<LookupEvent> of(
      DataStream<Interaction> interactions,
      DataStream<Item> items,
      DataStream<ItemOffer> offers,
      DataStream<Recommendation> recommendations,
      DataStream<Tally> tallies) {
    return told("purchases to look up", interactions, LookupEvent::of)
        .union(
            told("items to look up", items, LookupEvent::of),
            told(
                "offers to look up",
                offers.filter(LookupEvents::saysSo).setParallelism(1),
                LookupEvents::offer),
            told("feeds to look up", recommendations, LookupEvent::of),
            // The union of all counters, each at a parallelism of its own.
            tallies
                .map(tally -> LookupEvent.of(amounts(tally)), EVENT)
                .setParallelism(1)
                .name("figures to look up")
                .uid("figures to look up"));
  }

  private static boolean saysSo(ItemOffer offer) {
    return offer.available != null;
  }

  private static LookupEvent offer(ItemOffer offer) {
    return LookupEvent.of(
        offer.itemId, Objects.requireNonNullElse(offer.available, true), offer.eventTime);
  }

  private static <T> DataStream<LookupEvent> told(
      String name, DataStream<T> rows, MapFunction<T, LookupEvent> event) {
    return rows.map(event, EVENT).setParallelism(rows.getParallelism()).name(name).uid(name);
  }

  /** By the places of {@link LookupFigure}. */
  private static double[] amounts(Tally tally) {
    FeedReport report = new FeedReport(tally, 0, 0, 0, 0);
    double[] amounts = LookupFigure.none();
    for (LookupFigure figure : LookupFigure.values()) {
      amounts[figure.place()] =
          figure == LookupFigure.ROWS_READ
              ? report.rowsRead()
              : tally.get(Figure.valueOf(figure.name()));
    }
    return amounts;
  }
}
