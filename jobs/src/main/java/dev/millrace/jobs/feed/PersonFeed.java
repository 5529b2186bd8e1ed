package dev.millrace.jobs.feed;

import java.io.Serializable;
import java.util.List;

/**
 * A person's feed as it is shown to a reader.
 *
 * @param person who
 * @param baskets how many the person has bought
 * @param eventTime as of when, in epoch milliseconds
 * @param order where the person stands among those that could be shown; the lowest are
 * @param bought what the person bought lately, newest first
 * @param recommended what is recommended, best first
 */
public record PersonFeed(
    String person,
    int baskets,
    long eventTime,
    long order,
    List<String> bought,
    List<Place> recommended)
    implements Serializable {

  public PersonFeed {
    // Flink's generic serializer knows these lists; the JDK's immutable ones it cannot fill.
    bought = new java.util.ArrayList<>(bought);
    recommended = new java.util.ArrayList<>(recommended);
  }

  /**
   * One place of the feed.
   *
   * @param title the item's title
   * @param reason why it is there, in words
   */
  public record Place(String title, String reason) implements Serializable {}
}
