package dev.millrace.jobs.input;

import java.io.Serializable;
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
 */
public record Columns(
    String user,
    String item,
    @Nullable String text,
    @Nullable String basket,
    @Nullable String quantity,
    String time)
    implements Serializable {}
