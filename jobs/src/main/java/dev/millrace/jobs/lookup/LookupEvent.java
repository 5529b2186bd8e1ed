package dev.millrace.jobs.lookup;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import org.jspecify.annotations.Nullable;

/**
 * What a look-up is told: one of an interaction, an item, whether one is to be had, a feed or
 * amounts that were counted. A Flink POJO; treat it as immutable.
 */
public final class LookupEvent {

  /** What it is about: a person, an item, or nothing for amounts. */
  public String key = "";

  public @Nullable Interaction bought;
  public @Nullable Item item;
  public @Nullable Recommendation feed;

  /** Whether an item is to be had. */
  public @Nullable Boolean available;

  /** Since when that is so: milliseconds since 1970 in event time. */
  public long since;

  /** By the places of {@link LookupFigure}; to be added to what was counted before. */
  public double @Nullable [] counted;

  /** For Flink's serializer. */
  public LookupEvent() {}

  /** A person bought something. */
  public static LookupEvent of(Interaction bought) {
    LookupEvent event = new LookupEvent();
    event.key = bought.getUserId();
    event.bought = bought;
    return event;
  }

  /** An item is new or has another title. */
  public static LookupEvent of(Item item) {
    LookupEvent event = new LookupEvent();
    event.key = item.getItemId();
    event.item = item;
    return event;
  }

  /** An item is to be had or not, from some event time on. */
  public static LookupEvent of(String itemId, boolean available, long since) {
    LookupEvent event = new LookupEvent();
    event.key = itemId;
    event.available = available;
    event.since = since;
    return event;
  }

  /** A person has a new feed. */
  public static LookupEvent of(Recommendation feed) {
    LookupEvent event = new LookupEvent();
    event.key = feed.getUserId();
    event.feed = feed;
    return event;
  }

  /**
   * Amounts were counted.
   *
   * @param amounts by the places of {@link LookupFigure}; owned by the event from then on
   */
  public static LookupEvent of(double[] amounts) {
    LookupEvent event = new LookupEvent();
    event.counted = amounts;
    return event;
  }
}
