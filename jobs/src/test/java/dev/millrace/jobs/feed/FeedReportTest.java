package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FeedReportTest {

  private static FeedReport report() {
    Tally tally = new Tally();
    int amount = 1;
    for (Figure figure : Figure.values()) {
      tally.add(figure, amount++);
    }
    return new FeedReport(tally, 100, 750, 1_000, 2.0004);
  }

  @Test
  void hasTheFieldsInTheirOrder() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report().toJson());
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertThat(names)
        .startsWith(
            "rows_read",
            "rows_invalid",
            "rows_returned",
            "dead_letters",
            "interactions",
            "baskets",
            "people",
            "items",
            "recommendations",
            "baskets_evaluated",
            "hit_rate_at_k",
            "recall_at_k",
            "popularity_hit_rate_at_k",
            "popularity_recall_at_k",
            "texts_embedded",
            "tokens",
            "padding_ratio",
            "rows_per_second",
            "seconds");
    for (String name : names.subList(0, 19)) {
      assertThat(json.get(name).isNumber()).as(name).isTrue();
    }
    assertThat(json.get("rows_read").asLong())
        .isEqualTo(
            json.get("interactions").asLong()
                + json.get("rows_returned").asLong()
                + json.get("rows_invalid").asLong()
                + json.get("dead_letters").asLong());
    assertThat(json.get("padding_ratio").asDouble()).isEqualTo(0.3333);
    assertThat(json.get("seconds").asDouble()).isEqualTo(2.0);
    double shares = 0;
    for (JsonNode source : json.get("sources")) {
      shares += source.get("share_of_places").asDouble();
      assertThat(source.get("share_bought").isNumber()).isTrue();
    }
    assertThat(shares).isCloseTo(1, within(1e-3));
    assertThat(json.get("new_item_recall_at_k").asDouble())
        .isCloseTo(
            report().figures().get(Figure.NEW_RECALL) / json.get("baskets_with_new_items").asLong(),
            within(1e-4));
    long invalid = 0;
    for (JsonNode cause : json.get("rows_invalid_by_cause")) {
      invalid += cause.asLong();
    }
    assertThat(invalid).isEqualTo(json.get("rows_invalid").asLong());
  }

  @Test
  void anEmptyRunHasAReportToo() throws IOException {
    JsonNode json = new ObjectMapper().readTree(new FeedReport(new Tally(), 0, 0, 0, 0).toJson());
    assertThat(json.get("hit_rate_at_k").asDouble()).isZero();
    assertThat(json.get("rows_per_second").asDouble()).isZero();
  }

  @Test
  void theSummaryHasTheFiguresOfTheReport() {
    String summary = String.join("\n", Tables.summary(report(), 20));
    report()
        .fields()
        .forEach(
            (name, value) -> {
              if (value instanceof Long count) {
                assertThat(summary).as(name).contains(Tables.number(count));
              }
            });
    assertThat(summary.lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void aPersonsFeedFitsInto100Columns() {
    PersonFeed feed =
        new PersonFeed(
            "somebody",
            5,
            0,
            0,
            List.of("A title that is far too long for the column in which it is to stand", "b\nc"),
            Collections.nCopies(
                9,
                new PersonFeed.Place(
                    "Another title that is much too long", "near to x".repeat(9))));
    assertThat(Tables.person(feed)).hasSize(10).allMatch(line -> line.length() <= 100);
    assertThat(Tables.person(feed).get(3)).contains("b c");
  }

  @Test
  void whichExamplesAreKeptDoesNotDependOnTheOrder() {
    List<PersonFeed> feeds = new ArrayList<>();
    for (int person = 0; person < 20; person++) {
      for (int time = 0; time < 5; time++) {
        feeds.add(
            new PersonFeed("p" + person, time, time, (person * 7L) % 20, List.of("x"), List.of()));
      }
    }
    List<PersonFeed> expected = null;
    for (int seed = 0; seed < 50; seed++) {
      Collections.shuffle(feeds, new Random(seed));
      List<PersonFeed> kept = new ArrayList<>();
      for (PersonFeed feed : feeds) {
        ReportFunction.keep(kept, feed);
      }
      if (expected == null) {
        expected = kept;
      }
      assertThat(kept)
          .as("seed %s", seed)
          .extracting(PersonFeed::person)
          .isEqualTo(expected.stream().map(PersonFeed::person).toList());
    }
    assertThat(expected).hasSize(3);
  }
}
