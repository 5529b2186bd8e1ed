package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What every subtask must learn: that items were bought, or what an item is. Public for Flink's
 * serializer only.
 */
public final class CatalogueEvent {
  /**
   * Of the events of one moment, the order in which they are applied, whatever the order of
   * arrival.
   */
  static final Comparator<CatalogueEvent> ORDER =
      Comparator.comparing(
          event -> event.item,
          Comparator.nullsFirst(
              Comparator.<EmbeddedItem, String>comparing(item -> item.itemId)
                  .thenComparing(item -> item.title)
                  .thenComparing(item -> item.vector, Arrays::compare)));

  /** Milliseconds since 1970 in event time. */
  public long time;

  /** The distinct items of a basket. Empty where this is about {@link #item}. */
  public String[] bought = {};

  public @Nullable EmbeddedItem item;

  public CatalogueEvent() {}

  static CatalogueEvent of(Basket basket) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = basket.time;
    event.bought = basket.items;
    return event;
  }

  static CatalogueEvent of(EmbeddedItem item) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = item.eventTime;
    event.item = item;
    return event;
  }
}
