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
 * @param introduce of ten places, how many at least are for items that are new in the shop and near
 *     in meaning to what the person bought lately, where there are such
 */
public record ShopRules(
    @Nullable ItemFilter filter,
    int mostAlike,
    double alikeFrom,
    Duration refreshEvery,
    Duration refreshFor,
    int introduce)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** None of it. */
  public static final ShopRules NONE =
      new ShopRules(null, 0, 0.8, Duration.ZERO, Duration.ofDays(14), 0);

  public ShopRules {
    Checks.that(mostAlike >= 0, "mostAlike", mostAlike, "0 or more");
    Checks.that(alikeFrom > 0 && alikeFrom <= 1, "alikeFrom", alikeFrom, "above 0 and up to 1");
    Checks.that(!refreshEvery.isNegative(), "refreshEvery", refreshEvery, "0 or more");
    Checks.that(!refreshFor.isNegative(), "refreshFor", refreshFor, "0 or more");
    Checks.that(introduce >= 0 && introduce <= 10, "introduce", introduce, "from 0 to 10");
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

  /** The same with another number of places for what is new in the shop. */
  public ShopRules withIntroduce(int ofTen) {
    return new ShopRules(filter, mostAlike, alikeFrom, refreshEvery, refreshFor, ofTen);
  }

  /** How many places are for what is new in the shop. */
  int introduceOf(int places) {
    return places * introduce / 10;
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
