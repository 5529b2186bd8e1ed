package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Reason;
import java.util.ArrayList;
import java.util.List;

/** A person's feed in words that a reader can judge. A Flink POJO; treat it as immutable. */
public final class FeedExample {
  /** One place of a feed. A Flink POJO. */
  public static final class Place {
    public String itemId = "";

    /** What people see: the item's title, else its id. */
    public String title = "";

    public Reason reason = Reason.OTHER;

    /** The reason in words, such as "bought in 3 baskets" or "near to RED RETROSPOT MUG". */
    public String why = "";

    /** For Flink's serializer. */
    public Place() {}

    Place(String itemId, String title, Reason reason, String why) {
      this.itemId = itemId;
      this.title = title;
      this.reason = reason;
      this.why = why;
    }
  }

  public String userId = "";

  /** As of when: milliseconds since 1970 in event time. */
  public long time;

  /** How many baskets the person has had. */
  public int baskets;

  /**
   * Where the person stands in the order from which examples are drawn. Those with the lowest
   * numbers are the sample: who wants n examples keeps the newest of each person, of the n persons
   * with the lowest numbers.
   */
  public long order;

  /** Titles of what the person bought last, newest first, distinct. */
  public List<String> bought = new ArrayList<>();

  /** The feed, best first. */
  public List<Place> feed = new ArrayList<>();

  /** For Flink's serializer. */
  public FeedExample() {}
}
