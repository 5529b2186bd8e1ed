package dev.millrace.jobs.lookup;

import java.util.Locale;

/**
 * What is counted for the page. The names are those of the report. Amounts of all of them travel
 * and are saved as an array, in which each has a place that does not change.
 */
public enum LookupFigure {
  ROWS_READ(0),
  INTERACTIONS(1),
  PEOPLE(2),
  ITEMS(3),
  BASKETS(4),
  RECOMMENDATIONS(5),
  BASKETS_EVALUATED(6),
  /** Evaluated baskets of which an item was in the feed. */
  HITS(7),
  /** The sum of the evaluated baskets' recall. */
  RECALL(8),
  POPULARITY_HITS(9),
  POPULARITY_RECALL(10);

  private final int place;

  LookupFigure(int place) {
    this.place = place;
  }

  /** Its place in an array of amounts. */
  public int place() {
    return place;
  }

  /** Amounts of nothing. */
  public static double[] none() {
    return new double[values().length];
  }

  /** Its amount. */
  double in(double[] amounts) {
    return amounts[place];
  }

  /** As it is written in JSON. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
