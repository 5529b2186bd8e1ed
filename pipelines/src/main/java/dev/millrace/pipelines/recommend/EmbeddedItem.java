package dev.millrace.pipelines.recommend;

/** An item with the vector of its text. A Flink POJO; treat it as immutable. */
public final class EmbeddedItem {
  /** Which item. */
  public String itemId = "";

  /** What people see. Empty where there is none; the item's id is shown then. */
  public String title = "";

  /**
   * Since when this is so: milliseconds since 1970 in event time, the same as the stream's
   * timestamp.
   */
  public long eventTime;

  /**
   * The vector of the item's text, of any length but the same for all items. Empty where there is
   * none.
   */
  public float[] vector = {};

  /** For Flink's serializer. */
  public EmbeddedItem() {}

  /** The array is not copied. */
  public EmbeddedItem(String itemId, String title, long eventTime, float[] vector) {
    this.itemId = itemId;
    this.title = title;
    this.eventTime = eventTime;
    this.vector = vector;
  }
}
