package dev.millrace.jobs.input;

/**
 * What a row can turn out to be. A row is tested in this order and is the first that applies: a
 * dead letter if it cannot be parsed; invalid if it lacks the person, the item or the text, or if
 * its time, its quantity or its availability cannot be read, in that order; returned if its
 * quantity is zero or less; an interaction else.
 */
public enum Outcome {
  /** The line is no CSV, no JSON object, or the file's block is broken. */
  DEAD_LETTER,
  /** Invalid: it does not say who. */
  NO_USER,
  /** Invalid: it does not say what. */
  NO_ITEM,
  /** Invalid: the item has no text, and no catalogue is there to have one. */
  NO_TEXT,
  /** Invalid: the time is missing, not as the format says, or too far ahead of the clock. */
  BAD_TIME,
  /** Invalid: the quantity is missing or no number. */
  BAD_QUANTITY,
  /** Invalid: whether the item is to be had is neither yes nor no nor a number. */
  BAD_AVAILABILITY,
  /** The quantity is zero or less. */
  RETURNED,
  /** Somebody bought something. */
  INTERACTION,
  /** Not a row of the interactions: an item of the catalogue. */
  ITEM;

  /** Whether this is one of those that the report counts as invalid. */
  public boolean invalid() {
    return this == NO_USER
        || this == NO_ITEM
        || this == NO_TEXT
        || this == BAD_TIME
        || this == BAD_QUANTITY
        || this == BAD_AVAILABILITY;
  }
}
