package dev.millrace.jobs.input;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * What a row of the input turned out to be: exactly one {@link Outcome}, with what belongs to it.
 * Immutable, and so are its parts by agreement: nobody writes into them.
 */
@TypeInfo(SourceRowTypeInfoFactory.class)
public final class SourceRow {

  private final Outcome outcome;
  private final @Nullable Interaction interaction;
  private final @Nullable Item item;
  private final @Nullable DeadLetter deadLetter;
  private final List<ItemField> fields;

  SourceRow(
      Outcome outcome,
      @Nullable Interaction interaction,
      @Nullable Item item,
      @Nullable DeadLetter deadLetter,
      List<ItemField> fields) {
    this.outcome = outcome;
    this.interaction = interaction;
    this.item = item;
    this.deadLetter = deadLetter;
    this.fields = fields;
  }

  /** A row that counts. */
  public static SourceRow of(Interaction interaction) {
    return of(interaction, List.of());
  }

  /**
   * A row that counts and says more of its item than the text.
   *
   * @param fields is not copied
   */
  static SourceRow of(Interaction interaction, List<ItemField> fields) {
    return new SourceRow(Outcome.INTERACTION, interaction, null, null, fields);
  }

  /** An item of the catalogue. */
  public static SourceRow of(Item item) {
    return new SourceRow(Outcome.ITEM, null, item, null, List.of());
  }

  /** A row that could not be read. */
  public static SourceRow of(DeadLetter deadLetter) {
    return new SourceRow(Outcome.DEAD_LETTER, null, null, deadLetter, List.of());
  }

  /** A row that is no purchase and yet says whether its item is to be had. */
  static SourceRow returned(Item item) {
    return new SourceRow(Outcome.RETURNED, null, item, null, List.of());
  }

  /** A row that is left out, and only counted. */
  static SourceRow leftOut(Outcome outcome) {
    return new SourceRow(outcome, null, null, null, List.of());
  }

  /** What it is. */
  public Outcome outcome() {
    return outcome;
  }

  /** There if the outcome is INTERACTION. */
  public @Nullable Interaction interaction() {
    return interaction;
  }

  /**
   * There if the outcome is ITEM, or if it is RETURNED and the row says whether the item is to be
   * had.
   */
  public @Nullable Item item() {
    return item;
  }

  /** There if the outcome is DEAD_LETTER. */
  public @Nullable DeadLetter deadLetter() {
    return deadLetter;
  }

  /** What a row of an interaction says of its item beyond the text; not changed by anybody. */
  public List<ItemField> fields() {
    return fields;
  }

  /** The event time in epoch milliseconds, or the given value for a row that has none. */
  public long eventTimeOr(long otherwise) {
    if (interaction != null) {
      return interaction.getEventTime().toEpochMilli();
    }
    // A row that is no purchase has no say in what time it is: its time is its item's alone.
    if (outcome == Outcome.ITEM && item != null && item.getUpdatedAt() != null) {
      return item.getUpdatedAt().toEpochMilli();
    }
    return otherwise;
  }

  @Override
  public String toString() {
    Object part = interaction != null ? interaction : item != null ? item : deadLetter;
    return part == null ? outcome.toString() : outcome + " " + part;
  }
}
