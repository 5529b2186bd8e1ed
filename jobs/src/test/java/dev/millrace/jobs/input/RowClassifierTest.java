package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Interaction;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RowClassifierTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "u, i, t, b, 1, 2025-01-01, INTERACTION",
        "-, i, t, b, 1, 2025-01-01, NO_USER",
        "' ', -, -, b, -1, x, NO_USER",
        "u, '', -, b, -1, x, NO_ITEM",
        "u, i, ' ', b, -1, x, NO_TEXT",
        "u, i, t, b, -1, x, BAD_TIME",
        "u, i, t, b, x, -, BAD_TIME",
        "u, i, t, b, x, 2025-01-01, BAD_QUANTITY",
        "u, i, t, b, '', 2025-01-01, BAD_QUANTITY",
        "u, i, t, b, NaN, 2025-01-01, BAD_QUANTITY",
        "u, i, t, b, 1d, 2025-01-01, BAD_QUANTITY",
        "u, i, t, b, 0, 2025-01-01, RETURNED",
        "u, i, t, b, -0.5, 2025-01-01, RETURNED",
        "u, i, t, -, -, 2025-01-01, INTERACTION"
      })
  void theFirstThatAppliesIsTheOutcome(
      @Nullable String user,
      @Nullable String item,
      @Nullable String text,
      @Nullable String basket,
      @Nullable String quantity,
      @Nullable String time,
      Outcome expected) {
    assertThat(Rows.classifier().classify(user, item, text, basket, quantity, time).outcome())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "true, true",
    "NO, false",
    "' yes ', true",
    "3, true",
    "0, false",
    "-1.0, false",
    "'', ",
    "' ', ",
  })
  void readsWhetherAnItemIsToBeHad(String written, @Nullable Boolean available) {
    SourceRow row =
        Rows.classifier().classify("u", "i", "t", "b", "1", "2025-01-01", written, List.of());
    assertThat(Objects.requireNonNull(row.interaction()).getAvailable()).isEqualTo(available);
  }

  @Test
  void anAvailabilityThatCannotBeReadIsInvalid() {
    RowClassifier classifier = Rows.classifier();
    assertThat(
            classifier.classify("u", "i", "t", "b", "1", "2025-01-01", "soon", List.of()).outcome())
        .isEqualTo(Outcome.BAD_AVAILABILITY);
    assertThat(
            classifier.classify("u", "i", "t", "b", "x", "2025-01-01", "soon", List.of()).outcome())
        .isEqualTo(Outcome.BAD_QUANTITY);
  }

  @Test
  void idsAreKeptAsTheyAre() {
    Interaction interaction =
        Objects.requireNonNull(
            Rows.classifier()
                .classify("17850.0", " 85123A", "t", " ", "6", "2025-01-01T10:00:00Z")
                .interaction());
    assertThat(interaction.getUserId()).isEqualTo("17850.0");
    assertThat(interaction.getItemId()).isEqualTo(" 85123A");
    assertThat(interaction.getBasketId()).isNull();
    assertThat(interaction.getQuantity()).isEqualTo(6);
    assertThat(interaction.getEventTime()).isEqualTo(Instant.parse("2025-01-01T10:00:00Z"));
  }

  @Test
  void aTimeFarAheadOfTheClockIsNone() {
    RowClassifier classifier = Rows.classifier();
    String soon = Instant.now().plus(Duration.ofHours(23)).toString();
    String late = Instant.now().plus(Duration.ofHours(25)).toString();
    assertThat(classifier.classify("u", "i", "t", null, null, soon).outcome())
        .isEqualTo(Outcome.INTERACTION);
    assertThat(classifier.classify("u", "i", "t", null, null, late).outcome())
        .isEqualTo(Outcome.BAD_TIME);
  }

  @Test
  void withACatalogueRowsNeedNoText() {
    RowClassifier classifier =
        new RowClassifier(new TimeFormat(null, ZoneId.of("UTC")), false, Duration.ofDays(1));
    assertThat(classifier.classify("u", "i", null, null, null, "2025-01-01").outcome())
        .isEqualTo(Outcome.INTERACTION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2025-03-01T00:00:00Z",
        "2025-03-01T01:00:00+01:00",
        "2025-03-01T01:00:00+0100",
        "2025-03-01 01:00:00",
        "2025-03-01T01:00",
        " 2025-03-01t01:00:00.000 "
      })
  void isoTimesAreRead(String text) {
    assertThat(new TimeFormat(null, ZoneId.of("Europe/Paris")).parse(text))
        .contains(Instant.parse("2025-03-01T00:00:00Z"));
  }

  @Test
  void patternsAndCountsAreRead() {
    ZoneId utc = ZoneId.of("UTC");
    Instant expected = Instant.parse("2011-02-03T16:05:00Z");
    assertThat(new TimeFormat("yyyy-MM-dd HH:mm:ss", utc).parse("2011-02-03 16:05:00"))
        .contains(expected);
    assertThat(new TimeFormat("d MMM uuuu, h:mm a", utc).parse("3 Feb 2011, 4:05 pm"))
        .contains(expected);
    assertThat(new TimeFormat("dd/MM/yyyy", utc).parse("03/02/2011"))
        .contains(Instant.parse("2011-02-03T00:00:00Z"));
    assertThat(new TimeFormat("epoch-seconds", utc).parse("1296749100")).contains(expected);
    assertThat(new TimeFormat("epoch-millis", utc).parse("1296749100000")).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2011-02-30 10:00:00", "2011-13-01 10:00:00", "", "x", "2011-02-03"})
  void datesThatAreNoneAreNotMovedToOneThatIs(String text) {
    assertThat(new TimeFormat("yyyy-MM-dd HH:mm:ss", ZoneId.of("UTC")).parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HH:mm", "yyyy-MM-dd hh:mm", "yyyy-MM-dd bb", "'", "MM/dd"})
  void patternsThatSayTooLittleAreRefused(String pattern) {
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> new TimeFormat(pattern, ZoneId.of("UTC")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
