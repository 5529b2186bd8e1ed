package dev.millrace.pipelines.recommend;

import java.io.Serializable;

/**
 * How the sources of a feed are blended. The score of an item is
 *
 * <pre>{@code (history + popularity + content · nearness) · (trend + trendPrior) ^ trendPower}
 * </pre>
 *
 * where {@code history} is the number of the person's baskets that the item was in, decayed; {@code
 * nearness}, for an item that the person has not bought, is the highest cosine to what the person
 * bought lately, scaled from {@code minCosine..1} to {@code 0..1}; and {@code trend} is the number
 * of all baskets that the item was in, decayed.
 *
 * @param popularity what an item gets that the person has nothing to do with
 * @param content what an item gets that is as near as can be to one that the person bought lately
 * @param minCosine below this, items have nothing to do with each other; from -1 to under 1
 * @param trendPower how much trend counts: 0 is not at all
 * @param trendPrior the trend that an item is taken to have before anybody bought it; above 0
 * @param recentItems how many items count as bought lately
 * @param neighbours how many items are kept as near to an item
 * @param discover of ten places, how many at least are for items that the person has not bought,
 *     where there are such: a feed of nothing but old acquaintances is of little use
 */
public record FeedWeights(
    double popularity,
    double content,
    double minCosine,
    double trendPower,
    double trendPrior,
    int recentItems,
    int neighbours,
    int discover)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Found on real purchases of nine months, where each source of the blend helps. */
  public static final FeedWeights DEFAULT = new FeedWeights(0.1, 0.3, 0.5, 0.6, 0.5, 20, 20, 1);

  public FeedWeights {
    Checks.that(popularity >= 0, "popularity", popularity, "0 or more");
    Checks.that(content >= 0, "content", content, "0 or more");
    Checks.that(minCosine >= -1 && minCosine < 1, "minCosine", minCosine, "from -1 to under 1");
    Checks.that(trendPower >= 0, "trendPower", trendPower, "0 or more");
    Checks.that(trendPrior > 0, "trendPrior", trendPrior, "above 0");
    Checks.that(recentItems >= 0, "recentItems", recentItems, "0 or more");
    Checks.that(neighbours >= 1, "neighbours", neighbours, "1 or more");
    Checks.that(discover >= 0 && discover <= 10, "discover", discover, "from 0 to 10");
  }

  /** Of {@code places}, those that are kept for items that the person has not bought. */
  int discoverOf(int places) {
    return places * discover / 10;
  }
}
