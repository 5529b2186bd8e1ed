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
  POPULARITY_RECALL,
  /** Evaluated baskets with an item that the person had not bought before. */
  BASKETS_WITH_NEW,
  /** The sum of their recall of such items. */
  NEW_RECALL,
  /** As NEW_RECALL, for a feed of nothing but items new to the person. */
  DISCOVERY_RECALL,
  /** Places of the feeds that were evaluated, by what put the item there. */
  HISTORY_PLACES,
  COMPANION_PLACES,
  CONTENT_PLACES,
  POPULARITY_PLACES,
  /** Of these places, those whose item was in the basket. */
  HISTORY_FOUND,
  COMPANION_FOUND,
  CONTENT_FOUND,
  POPULARITY_FOUND,
  /** Of all places, those with an item that is new in the shop, and those of them in the basket. */
  COLD_PLACES,
  COLD_FOUND,
  /** Rows whose availability cannot be read. */
  BAD_AVAILABILITY,
  /** Places of the feeds that were evaluated, where it is known which items are alike. */
  COMPARED_PLACES,
  /** Of these, those with an item that one before it in the feed is alike to. */
  ALIKE_PLACES,
  /** Evaluated baskets in whose feeds a ranking model had a say. */
  MODEL_BASKETS,
  /** Of these, those of which an item was in the feed by the blend alone. */
  BLEND_HITS,
  /** The sum of their recall by the blend alone. */
  BLEND_RECALL,
  /** Candidates that the ranking model could not be asked about, or gave no answer to. */
  PAIRS_NOT_SCORED,
  /** Feeds, and baskets, that a sequence model gave no answer to. */
  FEEDS_NOT_SCORED
}
