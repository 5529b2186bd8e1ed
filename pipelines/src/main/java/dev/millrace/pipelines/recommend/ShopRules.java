package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a shop wants of its feeds beyond that they are good.
 *
 * @param filter only items that pass it are recommended; null for all
 * @param mostAlike an item is passed over where the feed has so many before it that it is alike to;
 *     0 for no such bound
 * @param alikeFrom from which cosine on two items are alike, above 0 and up to 1
 * @param refreshEvery how long after a person's last basket the feed is made again, and again so
 *     much later; 0 for never
 * @param refreshFor for how long after the last basket that goes on
 * @param introduce how many times the score of an item counts that is new in the shop and to the
 *     person, from 1 to 1000
 */
public record ShopRules(
    @Nullable ItemFilter filter,
    int mostAlike,
    double alikeFrom,
    Duration refreshEvery,
    Duration refreshFor,
    double introduce)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** None of it. */
  public static final ShopRules NONE =
      new ShopRules(null, 0, 0.8, Duration.ZERO, Duration.ofDays(14), 1);

  public ShopRules {
    Checks.that(mostAlike >= 0, "mostAlike", mostAlike, "0 or more");
    Checks.that(alikeFrom > 0 && alikeFrom <= 1, "alikeFrom", alikeFrom, "above 0 and up to 1");
    Checks.that(!refreshEvery.isNegative(), "refreshEvery", refreshEvery, "0 or more");
    Checks.that(!refreshFor.isNegative(), "refreshFor", refreshFor, "0 or more");
    Checks.that(introduce >= 1 && introduce <= 1000, "introduce", introduce, "from 1 to 1000");
  }

  /** The same with another filter. */
  public ShopRules withFilter(@Nullable ItemFilter other) {
    return new ShopRules(other, mostAlike, alikeFrom, refreshEvery, refreshFor, introduce);
  }

  /** The same with another bound on items that are alike. */
  public ShopRules withMostAlike(int most, double from) {
    return new ShopRules(filter, most, from, refreshEvery, refreshFor, introduce);
  }

  /** The same with feeds that are made again at other times. */
  public ShopRules withRefresh(Duration every, Duration during) {
    return new ShopRules(filter, mostAlike, alikeFrom, every, during, introduce);
  }

  /** The same with another weight of what is new in the shop. */
  public ShopRules withIntroduce(double times) {
    return new ShopRules(filter, mostAlike, alikeFrom, refreshEvery, refreshFor, times);
  }

  boolean introduces() {
    return introduce > 1;
  }

  boolean boundsAlike() {
    return mostAlike > 0;
  }

  boolean refreshes() {
    return refreshEvery.toMillis() > 0;
  }

  boolean passes(Map<String, String> fields) {
    return filter == null || filter.test(fields);
  }
}
