package dev.millrace.pipelines.recommend;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether an item is to be had, and what is known of it beyond its text. A Flink POJO; treat it as
 * immutable.
 */
public final class ItemOffer {
  /** Which item. */
  public String itemId = "";

  /**
   * Since when this is so: milliseconds since 1970 in event time, the same as the stream's
   * timestamp.
   */
  public long eventTime;

  /** Whether it is to be had; null where that is as it was before. */
  public @Nullable Boolean available;

  /** Values by name, all of them; null where they are as they were before. */
  public @Nullable Map<String, String> fields;

  /** For Flink's serializer. */
  public ItemOffer() {}

  /** The map is not copied. */
  public ItemOffer(
      String itemId,
      long eventTime,
      @Nullable Boolean available,
      @Nullable Map<String, String> fields) {
    this.itemId = itemId;
    this.eventTime = eventTime;
    this.available = available;
    this.fields = fields;
  }

  /** This, with what it does not say taken from an earlier one. */
  ItemOffer after(@Nullable ItemOffer earlier) {
    return earlier == null
        ? this
        : new ItemOffer(
            itemId,
            eventTime,
            available == null ? earlier.available : available,
            fields == null ? earlier.fields : fields);
  }

  /** Whether it says the same, at whatever time. */
  boolean saysTheSameAs(ItemOffer other) {
    return isAvailable() == other.isAvailable() && allFields().equals(other.allFields());
  }

  /** An item of which nothing is said is to be had. */
  boolean isAvailable() {
    return !Objects.equals(available, false);
  }

  Map<String, String> allFields() {
    return fields == null ? Map.of() : fields;
  }
}
