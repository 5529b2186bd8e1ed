package dev.millrace.jobs.lookup;

import static dev.millrace.jobs.lookup.Shop.feed;
import static dev.millrace.jobs.lookup.Shop.place;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Reason;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class LookupPersonTest {

  private static final long DAY = 1_735_689_600_000L;
  private static final String NEW_YEAR = "2025-01-01T00:00:00Z";
  private static final String NEXT_DAY = "2025-01-02T00:00:00Z";

  @Test
  void theHistoryIsNewestFirstInWhateverOrderItComes() {
    LookupPerson person =
        new LookupPerson()
            .withBought("b", 20, "two")
            .withBought("a", 10, "one")
            .withBought("d", 30, "three")
            .withBought("c", 20, "two");
    assertThat(person.items).containsExactly("d", "b", "c", "a");
    assertThat(person.times).containsExactly(30, 20, 20, 10);
    assertThat(person.baskets).containsExactly("three", "two", "two", "one");
  }

  @Test
  void aRowThatIsThereIsNotThereTwice() {
    LookupPerson person = new LookupPerson().withBought("a", 10, "one").withBought("a", 12, null);
    assertThat(person.withBought("a", 11, "one")).isSameAs(person);
    assertThat(person.withBought("a", 12, null)).isSameAs(person);
    assertThat(person.withBought("a", 13, "two").items).hasSize(3);
  }

  @Test
  void theOldestRowsGo() {
    LookupPerson person = new LookupPerson();
    for (int i = 0; i < LookupPerson.MOST_ROWS + 5; i++) {
      person = person.withBought("i" + i, i, null);
    }
    assertThat(person.items).hasSize(LookupPerson.MOST_ROWS).startsWith("i64").endsWith("i5");
    assertThat(person.withBought("late", 1, null)).isSameAs(person);
  }

  @Test
  void whatTheFeedBeforeHadIsKnownOnceTheNextIsThere() {
    UnaryOperator<String> same = UnaryOperator.identity();
    LookupPerson person =
        new LookupPerson()
            .withBought("a", DAY, "one")
            .withFeed(
                feed(
                    "ann",
                    NEW_YEAR,
                    place("a", Reason.BUY_AGAIN, null),
                    place("b", Reason.SIMILAR, "a")),
                same)
            .withBought("b", DAY + 86_400_000, "two")
            .withBought("c", DAY + 86_400_000 + 60_000, "two");
    assertThat(person.places).containsOnly(LookupPerson.NOT_JUDGED);
    LookupPerson next =
        person.withFeed(feed("ann", NEXT_DAY, place("c", Reason.POPULAR, null)), same);
    assertThat(next.items).containsExactly("c", "b", "a");
    assertThat(next.places)
        .as("the second basket is judged, rows of it that are a minute later too")
        .containsExactly(LookupPerson.NOT_RECOMMENDED, 2, LookupPerson.NOT_JUDGED);
    assertThat(next.feed).containsExactly("c");
    assertThat(next.withFeed(feed("ann", NEW_YEAR), same)).as("an older one").isSameAs(next);
  }
}
