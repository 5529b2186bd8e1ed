package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.SourceRow;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.Serializable;
import java.time.Instant;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/**
 * What rows say of items beyond their texts.
 *
 * @param condition what is asked of items, or null; nothing else of their fields is kept
 */
record Offers(@Nullable ItemCondition condition) implements Serializable {

  /** Of rows read at parallelism 1, in their order. */
  DataStream<ItemOffer> of(DataStream<SourceRow> rows) {
    Offers offers = this;
    return rows.<ItemOffer>flatMap(
            (row, out) -> {
              ItemOffer offer = offers.of(row);
              if (offer != null) {
                out.collect(offer);
              }
            })
        .returns(TypeInformation.of(ItemOffer.class))
        .setParallelism(1)
        .name("offers")
        .uid("offers");
  }

  private @Nullable ItemOffer of(SourceRow row) {
    Item item = row.item();
    if (item != null) {
      Instant since = item.getUpdatedAt();
      return new ItemOffer(
          item.getItemId(),
          since == null ? 0 : since.toEpochMilli(),
          item.getAvailable(),
          condition == null ? null : condition.of(item));
    }
    Interaction bought = row.interaction();
    return bought == null || (bought.getAvailable() == null && condition == null)
        ? null
        : new ItemOffer(
            bought.getItemId(),
            row.eventTimeOr(0),
            bought.getAvailable(),
            condition == null ? null : condition.of(row.fields()));
  }
}
