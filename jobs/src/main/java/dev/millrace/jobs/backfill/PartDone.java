package dev.millrace.jobs.backfill;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What became of a part's rows. Read = left out + unreadable + written; those without a vector are
 * among the written.
 *
 * @param deadLetters the unreadable, and those without a vector unless the user wants none of them
 * @param file the file of the output, or null if no row is in it
 */
record PartDone(
    @JsonProperty("rows_read") long rowsRead,
    @JsonProperty("rows_left_out") long rowsLeftOut,
    @JsonProperty("rows_unreadable") long rowsUnreadable,
    @JsonProperty("rows_written") long rowsWritten,
    @JsonProperty("rows_without_vector") long rowsWithoutVector,
    @JsonProperty("dead_letters") long deadLetters,
    @JsonProperty("file") @Nullable String file) {

  /** Nothing. */
  static final PartDone NONE = new PartDone(0, 0, 0, 0, 0, 0, null);

  /** Both together, without a file. */
  PartDone plus(PartDone other) {
    return new PartDone(
        rowsRead + other.rowsRead,
        rowsLeftOut + other.rowsLeftOut,
        rowsUnreadable + other.rowsUnreadable,
        rowsWritten + other.rowsWritten,
        rowsWithoutVector + other.rowsWithoutVector,
        deadLetters + other.deadLetters,
        null);
  }
}
