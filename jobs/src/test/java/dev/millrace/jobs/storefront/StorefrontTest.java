package dev.millrace.jobs.storefront;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.input.SourceRow;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StorefrontTest {

  private static final int BASKETS = 6_000;

  private static List<List<SourceRow>> all(long seed) {
    Storefront shop = new Storefront(seed, BASKETS);
    List<List<SourceRow>> events = new ArrayList<>();
    for (long i = 0; i < shop.events(); i++) {
      events.add(shop.event(i));
    }
    return events;
  }

  private static String text(List<SourceRow> rows) {
    return rows.toString();
  }

  @Test
  void anEventIsAFunctionOfSeedAndIndex() {
    List<List<SourceRow>> events = all(42);
    Storefront again = new Storefront(42, BASKETS);
    for (int i = events.size() - 1; i >= 0; i -= 7) {
      assertThat(text(again.event(i))).isEqualTo(text(events.get(i)));
    }
    assertThat(text(new Storefront(43, BASKETS).event(5_000)))
        .isNotEqualTo(text(events.get(5_000)));
  }

  @Test
  void timeMovesForwardsOverMonthsAndItemsComeBeforeTheyAreBought() {
    Instant last = Instant.EPOCH;
    Instant first = Instant.MAX;
    Set<String> onShelf = new HashSet<>();
    int late = 0;
    for (List<SourceRow> event : all(1)) {
      assertThat(event).isNotEmpty();
      Set<String> basket = new HashSet<>();
      for (SourceRow row : event) {
        Instant time = Instant.ofEpochMilli(row.eventTimeOr(0));
        assertThat(time).isAfterOrEqualTo(last);
        first = time.isBefore(first) ? time : first;
        last = time;
        Item item = row.item();
        if (item != null) {
          assertThat(onShelf.add(item.getItemId())).as(item.getItemId()).isTrue();
          late += time.isAfter(first) ? 1 : 0;
        } else {
          Interaction interaction = Objects.requireNonNull(row.interaction());
          assertThat(onShelf).contains(interaction.getItemId());
          assertThat(basket.add(interaction.getItemId())).isTrue();
        }
      }
    }
    assertThat(onShelf).hasSizeBetween(550, 650);
    assertThat(late).as("items that arrive during the run").isBetween(90, 220);
    assertThat(Duration.between(first, last)).isGreaterThan(Duration.ofDays(150));
  }

  @Test
  void peopleAreManyComeAgainAndBuyAgain() {
    Map<String, Set<String>> bought = new HashMap<>();
    Map<String, Integer> baskets = new HashMap<>();
    int repeated = 0;
    int rows = 0;
    Set<String> early = new HashSet<>();
    List<List<SourceRow>> events = all(1);
    for (int i = 0; i < events.size(); i++) {
      for (SourceRow row : events.get(i)) {
        Interaction interaction = row.interaction();
        if (interaction != null) {
          rows++;
          String user = interaction.getUserId();
          repeated +=
              bought.computeIfAbsent(user, any -> new HashSet<>()).add(interaction.getItemId())
                  ? 0
                  : 1;
          if (i < events.size() / 2) {
            early.add(user);
          }
        }
      }
      Interaction one = events.get(i).get(0).interaction();
      if (one != null) {
        baskets.merge(one.getUserId(), 1, Integer::sum);
      }
    }
    assertThat(bought.size()).isBetween(1_000, 1_600);
    assertThat(bought.size() - early.size()).as("people who come later").isGreaterThan(150);
    assertThat((double) repeated / rows).as("share bought again").isBetween(0.15, 0.6);
    assertThat(baskets.values().stream().filter(count -> count >= 3).count()).isGreaterThan(400);
  }

  @Test
  void titlesReadAsTheyShould() {
    Catalogue catalogue = new Catalogue(1, 0.25);
    assertThat(catalogue.departments()).hasSize(8).doesNotHaveDuplicates();
    Set<String> titles = new HashSet<>();
    for (Catalogue.Product product : catalogue.products()) {
      assertThat(titles.add(product.title())).as(product.title()).isTrue();
      assertThat(product.title()).matches("\\S.{4,40}\\S");
      assertThat(product.description()).matches("[A-Z].{20,120}\\.");
    }
  }
}
