package dev.millrace.jobs.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run did. Its names and their order are what users' scripts read.
 *
 * @param figures the counts
 * @param textsEmbedded texts that the model answered
 * @param tokens their tokens, without padding
 * @param paddedTokens the tokens that the model worked on, with padding
 * @param seconds how long the job ran
 */
record FeedReport(
    Tally figures, long textsEmbedded, long tokens, long paddedTokens, double seconds) {

  long rowsInvalid() {
    return figures.count(Figure.NO_USER)
        + figures.count(Figure.NO_ITEM)
        + figures.count(Figure.NO_TEXT)
        + figures.count(Figure.BAD_TIME)
        + figures.count(Figure.BAD_QUANTITY)
        + figures.count(Figure.BAD_AVAILABILITY);
  }

  long rowsRead() {
    return figures.count(Figure.INTERACTIONS)
        + figures.count(Figure.ROWS_RETURNED)
        + rowsInvalid()
        + figures.count(Figure.DEAD_LETTERS);
  }

  double rowsPerSecond() {
    return seconds > 0 ? rowsRead() / seconds : 0;
  }

  /** Tokens that the model worked on beyond each useful one; 0 is none. */
  double paddingRatio() {
    return tokens > 0 ? (double) paddedTokens / tokens - 1 : 0;
  }

  double perEvaluated(Figure figure) {
    double baskets = figures.get(Figure.BASKETS_EVALUATED);
    return baskets > 0 ? figures.get(figure) / baskets : 0;
  }

  /** By basket that has an item new to the person. */
  double perBasketWithNew(Figure figure) {
    double baskets = figures.get(Figure.BASKETS_WITH_NEW);
    return baskets > 0 ? figures.get(figure) / baskets : 0;
  }

  /** By evaluated basket in whose feed a ranking model had a say. */
  double perModelBasket(Figure figure) {
    double baskets = figures.get(Figure.MODEL_BASKETS);
    return baskets > 0 ? figures.get(figure) / baskets : 0;
  }

  /** Of all places that were evaluated, some. */
  double share(Figure some) {
    double all = 0;
    for (FeedSource one : FeedSource.values()) {
      all += figures.get(one.places);
    }
    return all > 0 ? figures.get(some) / all : 0;
  }

  /** Of some places, those whose item was bought. */
  double precision(Figure some, Figure found) {
    double places = figures.get(some);
    return places > 0 ? figures.get(found) / places : 0;
  }

  private Map<String, Object> places(Figure some, Figure found) {
    Map<String, Object> of = new LinkedHashMap<>();
    of.put("share_of_places", round(share(some), 4));
    of.put("share_bought", round(precision(some, found), 4));
    return of;
  }

  /** The fields, in order; the last ones say more of some of them. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rows_read", rowsRead());
    fields.put("rows_invalid", rowsInvalid());
    fields.put("rows_returned", figures.count(Figure.ROWS_RETURNED));
    fields.put("dead_letters", figures.count(Figure.DEAD_LETTERS));
    fields.put("interactions", figures.count(Figure.INTERACTIONS));
    fields.put("baskets", figures.count(Figure.BASKETS));
    fields.put("people", figures.count(Figure.PEOPLE));
    fields.put("items", figures.count(Figure.ITEMS));
    fields.put("recommendations", figures.count(Figure.RECOMMENDATIONS));
    fields.put("baskets_evaluated", figures.count(Figure.BASKETS_EVALUATED));
    fields.put("hit_rate_at_k", round(perEvaluated(Figure.HITS), 4));
    fields.put("recall_at_k", round(perEvaluated(Figure.RECALL), 4));
    fields.put("popularity_hit_rate_at_k", round(perEvaluated(Figure.POPULARITY_HITS), 4));
    fields.put("popularity_recall_at_k", round(perEvaluated(Figure.POPULARITY_RECALL), 4));
    fields.put("texts_embedded", textsEmbedded);
    fields.put("tokens", tokens);
    fields.put("padding_ratio", round(paddingRatio(), 4));
    fields.put("rows_per_second", round(rowsPerSecond(), 1));
    fields.put("seconds", round(seconds, 3));
    Map<String, Object> invalid = new LinkedHashMap<>();
    invalid.put("no_user", figures.count(Figure.NO_USER));
    invalid.put("no_item", figures.count(Figure.NO_ITEM));
    invalid.put("no_text", figures.count(Figure.NO_TEXT));
    invalid.put("bad_time", figures.count(Figure.BAD_TIME));
    invalid.put("bad_quantity", figures.count(Figure.BAD_QUANTITY));
    invalid.put("bad_availability", figures.count(Figure.BAD_AVAILABILITY));
    fields.put("rows_invalid_by_cause", invalid);
    Map<String, Object> other = new LinkedHashMap<>();
    other.put("catalogue_blocks", figures.count(Figure.CATALOGUE_DEAD_LETTERS));
    other.put("items_not_embedded", figures.count(Figure.ITEMS_NOT_EMBEDDED));
    if (figures.get(Figure.PAIRS_NOT_SCORED) > 0) {
      other.put("pairs_not_scored", figures.count(Figure.PAIRS_NOT_SCORED));
    }
    if (figures.get(Figure.FEEDS_NOT_SCORED) > 0) {
      other.put("feeds_not_scored", figures.count(Figure.FEEDS_NOT_SCORED));
    }
    fields.put("dead_letters_that_are_no_rows", other);
    fields.put("new_item_recall_at_k", round(perBasketWithNew(Figure.NEW_RECALL), 4));
    fields.put("discovery_recall_at_k", round(perBasketWithNew(Figure.DISCOVERY_RECALL), 4));
    fields.put("baskets_with_new_items", figures.count(Figure.BASKETS_WITH_NEW));
    Map<String, Object> sources = new LinkedHashMap<>();
    for (FeedSource source : FeedSource.values()) {
      sources.put(source.label(), places(source.places, source.found));
    }
    fields.put("sources", sources);
    fields.put("items_new_in_the_shop", places(Figure.COLD_PLACES, Figure.COLD_FOUND));
    if (figures.get(Figure.COMPARED_PLACES) > 0) {
      fields.put("places_alike", round(precision(Figure.COMPARED_PLACES, Figure.ALIKE_PLACES), 4));
    }
    if (figures.get(Figure.MODEL_BASKETS) > 0) {
      Map<String, Object> blend = new LinkedHashMap<>();
      blend.put("hit_rate_at_k", round(perModelBasket(Figure.BLEND_HITS), 4));
      blend.put("recall_at_k", round(perModelBasket(Figure.BLEND_RECALL), 4));
      fields.put("without_ranking_model", blend);
    }
    return fields;
  }

  /** JSON, indented, with a line break at the end. */
  String toJson() {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(fields())
          + System.lineSeparator();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("Numbers and names cannot fail to be JSON.", impossible);
    }
  }

  private static double round(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
