package dev.millrace.pipelines.recommend;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What every subtask must learn: that items were bought, what an item is and what is near to it,
 * with what it is bought together, or whether it is offered. Public for Flink's serializer only.
 */
public final class CatalogueEvent {
  private static final Comparator<@Nullable NearItems> NEAR =
      Comparator.nullsFirst(Comparator.comparingLong(near -> near.sequence));

  private static final Comparator<@Nullable CompanionList> COMPANIONS =
      Comparator.nullsFirst(
          Comparator.<CompanionList, String>comparing(list -> list.itemId)
              .thenComparing(list -> list.last)
              .thenComparing(list -> list.total));

  private static final Comparator<@Nullable ItemOffer> OFFERS =
      Comparator.nullsFirst(Comparator.comparing(offer -> offer.itemId));

  /**
   * Of the events of one moment, the order in which they are applied, whatever the order of
   * arrival.
   */
  static final Comparator<CatalogueEvent> ORDER =
      (a, b) -> {
        int byNear = NEAR.compare(a.near, b.near);
        int byCompanions = byNear != 0 ? byNear : COMPANIONS.compare(a.companions, b.companions);
        return byCompanions != 0 ? byCompanions : OFFERS.compare(a.offer, b.offer);
      };

  /** Milliseconds since 1970 in event time. */
  public long time;

  /** The distinct items of a basket. Empty where this is about something else. */
  public String[] bought = {};

  public @Nullable NearItems near;

  public @Nullable CompanionList companions;

  /** Of an item and a time there is one at most. */
  public @Nullable ItemOffer offer;

  public CatalogueEvent() {}

  static CatalogueEvent of(Basket basket) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = basket.time;
    event.bought = basket.items;
    return event;
  }

  static CatalogueEvent of(NearItems near, long time) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = time;
    event.near = near;
    return event;
  }

  static CatalogueEvent of(CompanionList companions, long time) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = time;
    event.companions = companions;
    return event;
  }

  static CatalogueEvent of(ItemOffer offer) {
    CatalogueEvent event = new CatalogueEvent();
    event.time = offer.eventTime;
    event.offer = offer;
    return event;
  }
}
