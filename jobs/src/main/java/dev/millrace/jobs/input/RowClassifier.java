package dev.millrace.jobs.input;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a parsed row is, in the order that {@link Outcome} gives.
 *
 * <p>Not safe for use by several threads.
 */
final class RowClassifier implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TimeFormat timeFormat;
  private final boolean needsText;
  private final Duration ahead;

  /**
   * @param needsText whether a row without a text is invalid: it is, unless there is a catalogue
   * @param ahead by how much a row's time may be ahead of this machine's clock: one row from a
   *     clock that jumped would make all that follow it late
   */
  RowClassifier(TimeFormat timeFormat, boolean needsText, Duration ahead) {
    this.timeFormat = timeFormat;
    this.needsText = needsText;
    this.ahead = ahead;
  }

  /**
   * Classifies a row of texts.
   *
   * @param basket the basket's name, or null if rows have none
   * @param quantity the quantity as it is written, or null if rows have none
   */
  SourceRow classify(
      @Nullable String user,
      @Nullable String item,
      @Nullable String text,
      @Nullable String basket,
      @Nullable String quantity,
      @Nullable String time) {
    return classify(user, item, text, basket, quantity, time, null, List.of());
  }

  /**
   * The same of rows that say more of an item than its text.
   *
   * @param available whether it is to be had, as it is written; nothing is said where that is null
   *     or blank
   * @param fields what else is known of it
   */
  SourceRow classify(
      @Nullable String user,
      @Nullable String item,
      @Nullable String text,
      @Nullable String basket,
      @Nullable String quantity,
      @Nullable String time,
      @Nullable String available,
      List<ItemField> fields) {
    Outcome lacks = lacks(user, item, text);
    if (lacks != null) {
      return SourceRow.leftOut(lacks);
    }
    Optional<Instant> when = time == null ? Optional.empty() : timeFormat.parse(time);
    if (when.isEmpty()) {
      return SourceRow.leftOut(Outcome.BAD_TIME);
    }
    double count = quantity == null ? 1 : parseQuantity(quantity);
    Boolean there = null;
    if (available != null && !available.isBlank()) {
      there = Availability.parse(available);
      if (there == null) {
        return SourceRow.leftOut(
            Double.isFinite(count) ? Outcome.BAD_AVAILABILITY : Outcome.BAD_QUANTITY);
      }
    }
    return finish(user, item, text, basket, count, when.get(), there, fields);
  }

  /** Classifies a row that has its types already. */
  SourceRow classify(Interaction row) {
    Outcome lacks = lacks(row.getUserId(), row.getItemId(), row.getText());
    if (lacks != null) {
      return SourceRow.leftOut(lacks);
    }
    return finish(
        row.getUserId(),
        row.getItemId(),
        row.getText(),
        row.getBasketId(),
        row.getQuantity(),
        row.getEventTime(),
        row.getAvailable(),
        List.of());
  }

  private @Nullable Outcome lacks(
      @Nullable String user, @Nullable String item, @Nullable String text) {
    if (missing(user)) {
      return Outcome.NO_USER;
    }
    if (missing(item)) {
      return Outcome.NO_ITEM;
    }
    if (needsText && missing(text)) {
      return Outcome.NO_TEXT;
    }
    return null;
  }

  private SourceRow finish(
      @Nullable String user,
      @Nullable String item,
      @Nullable String text,
      @Nullable String basket,
      double quantity,
      Instant time,
      @Nullable Boolean available,
      List<ItemField> fields) {
    if (time.isAfter(Instant.now().plus(ahead))) {
      return SourceRow.leftOut(Outcome.BAD_TIME);
    }
    if (!Double.isFinite(quantity)) {
      return SourceRow.leftOut(Outcome.BAD_QUANTITY);
    }
    if (quantity <= 0) {
      return available == null
          ? SourceRow.leftOut(Outcome.RETURNED)
          : SourceRow.returned(
              Item.newBuilder()
                  .setItemId(item)
                  .setTitle(missing(text) ? "" : text)
                  .setUpdatedAt(time)
                  .setAvailable(available)
                  .setFields(fields)
                  .build());
    }
    return SourceRow.of(
        Interaction.newBuilder()
            .setUserId(user)
            .setItemId(item)
            .setText(missing(text) ? null : text)
            .setBasketId(missing(basket) ? null : basket)
            .setQuantity(quantity)
            .setEventTime(time)
            .setAvailable(available)
            .build(),
        fields);
  }

  private static boolean missing(@Nullable String value) {
    return value == null || value.isBlank();
  }

  /** The number, or NaN if it is none. */
  private static double parseQuantity(String text) {
    String number = text.strip();
    if (number.isEmpty()) {
      return Double.NaN;
    }
    // Java also reads "1d", "0x1p3" and "NaN" as numbers; a file's author did not mean one.
    for (int i = 0; i < number.length(); i++) {
      char c = number.charAt(i);
      if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E') {
        return Double.NaN;
      }
    }
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException none) {
      return Double.NaN;
    }
  }
}
