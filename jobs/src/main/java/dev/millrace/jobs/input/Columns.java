package dev.millrace.jobs.input;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which column, or JSON field, holds what.
 *
 * @param user who bought
 * @param item what was bought
 * @param text the item's text, or null where a catalogue has the texts
 * @param basket what the rows of one basket share, or null if each row is a basket
 * @param quantity how many, or null if each row is one
 * @param time when
 * @param available whether the item is to be had, or null if rows do not say
 * @param fields what else of an item is kept, for conditions
 */
public record Columns(
    String user,
    String item,
    @Nullable String text,
    @Nullable String basket,
    @Nullable String quantity,
    String time,
    @Nullable String available,
    List<String> fields)
    implements Serializable {

  public Columns {
    // One that Flink can serialise with the job.
    fields = new ArrayList<>(fields);
  }

  /** Rows that say no more of an item than its text. */
  public Columns(
      String user,
      String item,
      @Nullable String text,
      @Nullable String basket,
      @Nullable String quantity,
      String time) {
    this(user, item, text, basket, quantity, time, null, List.of());
  }
}
