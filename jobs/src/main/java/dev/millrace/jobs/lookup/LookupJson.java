package dev.millrace.jobs.lookup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.schemas.Reason;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the look-up answers, as JSON in UTF-8. Names are those of the Avro records. */
final class LookupJson {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<String> REASONS = Reason.getClassSchema().getEnumSymbols();
  private static final double DIGITS = 1e4;
  private static final Set<LookupFigure> SHOWN =
      EnumSet.range(LookupFigure.ROWS_READ, LookupFigure.BASKETS_EVALUATED);

  private LookupJson() {}

  /** A person's history and feed. */
  static byte[] person(String userId, LookupPerson person, LookupStore store) {
    ObjectNode answer = NODES.objectNode();
    answer.put("user_id", userId);
    answer.set("feed", person.hasFeed() ? feed(person, store) : NODES.nullNode());
    answer.set("baskets", baskets(person, store));
    return bytes(answer);
  }

  private static ObjectNode feed(LookupPerson person, LookupStore store) {
    ObjectNode feed = NODES.objectNode();
    feed.put("event_time", time(person.feedTime));
    ArrayNode items = feed.putArray("items");
    for (int i = 0; i < person.feed.length; i++) {
      if (!store.isAvailable(person.feed[i])) {
        continue;
      }
      ObjectNode item = items.addObject();
      describe(item, person.feed[i], store);
      item.put("score", person.scores[i]);
      item.put("reason", REASONS.get(person.reasons[i]));
      String because = person.becauseOf[i];
      if (because == null) {
        item.putNull("because_of");
      } else {
        describe(item.putObject("because_of"), because, store);
      }
    }
    return feed;
  }

  /** Rows that follow each other and have the same basket, or have none and the same time. */
  private static ArrayNode baskets(LookupPerson person, LookupStore store) {
    ArrayNode baskets = NODES.arrayNode();
    ArrayNode items = NODES.arrayNode();
    for (int i = 0; i < person.items.length; i++) {
      if (i == 0 || !together(person, i - 1, i)) {
        ObjectNode basket = baskets.addObject();
        basket.put("basket_id", person.baskets[i]);
        basket.put("event_time", time(person.times[i]));
        basket.put("judged", person.places[i] != LookupPerson.NOT_JUDGED);
        items = basket.putArray("items");
      }
      ObjectNode item = items.addObject();
      describe(item, person.items[i], store);
      item.put("available", store.isAvailable(person.items[i]));
      if (person.places[i] > LookupPerson.NOT_RECOMMENDED) {
        item.put("recommended_at", person.places[i]);
      } else {
        item.putNull("recommended_at");
      }
    }
    return baskets;
  }

  private static boolean together(LookupPerson person, int one, int other) {
    String basket = person.baskets[one];
    return basket == null
        ? person.baskets[other] == null && person.times[one] == person.times[other]
        : basket.equals(person.baskets[other]);
  }

  private static void describe(ObjectNode node, String itemId, LookupStore store) {
    node.put("item_id", itemId);
    node.put("title", store.shown(itemId));
  }

  /** A list of people. */
  static byte[] people(List<String> names, LookupStore store) {
    ObjectNode answer = NODES.objectNode();
    answer.put("people_kept", store.size());
    ArrayNode people = answer.putArray("people");
    for (String name : names) {
      LookupPerson person = store.person(name);
      if (person == null) {
        continue;
      }
      ObjectNode one = people.addObject();
      one.put("user_id", name);
      one.put("rows", person.items.length);
      one.put("feed_event_time", person.hasFeed() ? time(person.feedTime) : null);
    }
    return bytes(answer);
  }

  /** How far the job is, how fast it goes and how good its feeds are. */
  static byte[] rates(
      LookupStore store, LookupServer.Phase phase, double[] totals, double[] perSecond) {
    ObjectNode answer = NODES.objectNode();
    answer.put("phase", phase.name().toLowerCase(Locale.ROOT));
    answer.put("people_kept", store.size());
    answer.put("event_time", store.eventTime() == Long.MIN_VALUE ? null : time(store.eventTime()));
    counts(answer.putObject("totals"), totals);
    rates(answer.putObject("per_second"), perSecond);
    ObjectNode quality = answer.putObject("quality");
    double judged = LookupFigure.BASKETS_EVALUATED.in(totals);
    quality.put("hit_rate_at_k", share(totals, LookupFigure.HITS, judged));
    quality.put("recall_at_k", share(totals, LookupFigure.RECALL, judged));
    quality.put("popularity_hit_rate_at_k", share(totals, LookupFigure.POPULARITY_HITS, judged));
    quality.put("popularity_recall_at_k", share(totals, LookupFigure.POPULARITY_RECALL, judged));
    return bytes(answer);
  }

  private static void counts(ObjectNode node, double[] totals) {
    SHOWN.forEach(figure -> node.put(figure.label(), Math.round(figure.in(totals))));
  }

  private static void rates(ObjectNode node, double[] perSecond) {
    SHOWN.forEach(figure -> node.put(figure.label(), Math.round(figure.in(perSecond) * 10) / 10.0));
  }

  private static @Nullable Double share(double[] totals, LookupFigure figure, double of) {
    return of > 0 ? Math.round(figure.in(totals) / of * DIGITS) / DIGITS : null;
  }

  /** Why there is no answer. */
  static byte[] error(String message) {
    return bytes(NODES.objectNode().put("error", message));
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  private static byte[] bytes(ObjectNode answer) {
    try {
      return JSON.writeValueAsBytes(answer);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("A tree of values cannot fail to be JSON.", impossible);
    }
  }
}
