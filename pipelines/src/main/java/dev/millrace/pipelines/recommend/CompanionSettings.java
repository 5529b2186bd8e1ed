package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.time.Duration;

/**
 * What is counted of items that are in one basket together.
 *
 * @param halfLife after this time, a basket counts half
 * @param counted of an item, with how many others it is counted at least; state is up to twice that
 * @param listed of those, how many the feed knows of an item: the ones it was with most
 * @param basketItems of a larger basket, this many items are taken: the pairs are as many as the
 *     square
 */
public record CompanionSettings(Duration halfLife, int counted, int listed, int basketItems)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Found on real purchases of nine months. */
  public static final CompanionSettings DEFAULT =
      new CompanionSettings(Duration.ofDays(90), 250, 50, 100);

  public CompanionSettings {
    Checks.that(halfLife.toMillis() > 0, "halfLife", halfLife, "above 0");
    Checks.that(counted >= 1, "counted", counted, "1 or more");
    Checks.that(
        listed >= 1 && listed <= counted, "listed", listed, "from 1 to counted, " + counted);
    Checks.that(basketItems >= 2, "basketItems", basketItems, "2 or more");
  }
}
