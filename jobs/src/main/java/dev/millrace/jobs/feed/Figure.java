package dev.millrace.jobs.feed;

/** What the job counts. */
public enum Figure {
  DEAD_LETTERS,
  NO_USER,
  NO_ITEM,
  NO_TEXT,
  BAD_TIME,
  BAD_QUANTITY,
  ROWS_RETURNED,
  INTERACTIONS,
  /** Blocks of the catalogue that could not be read: no rows, and not counted as such. */
  CATALOGUE_DEAD_LETTERS,
  /** Items whose text could not be embedded. */
  ITEMS_NOT_EMBEDDED,
  /** Distinct items that were bought or are in the catalogue. */
  ITEMS,
  /** Distinct people who bought. */
  PEOPLE,
  BASKETS,
  RECOMMENDATIONS,
  /** Baskets of people who have an earlier one. */
  BASKETS_EVALUATED,
  /** Evaluated baskets of which an item was in the feed. */
  HITS,
  /** The sum of the evaluated baskets' recall. */
  RECALL,
  /** The same as HITS for the most popular items. */
  POPULARITY_HITS,
  /** The same as RECALL for the most popular items. */
  POPULARITY_RECALL
}
