package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;

/** Rows that travel to an accelerator as one batch. Used on the task's thread. */
interface InferenceWork {

  /** Rows in it, at least 1. */
  int rows();

  /** Tokens of its rows, without padding. */
  int tokens();

  /** The same, by what the answer says of them if it does. */
  default int tokens(ArrowBatch answer) {
    return tokens();
  }

  /** Tokens of its longest row, or more: what every row is padded to. */
  int width();

  /** Which try this is, from 1. */
  int attempt();

  /** How many of the earlier tries ended in a pause and count against the most attempts. */
  int pauses();

  /** The rows for the accelerator. Called once; the caller owns the batch. */
  ArrowBatch toBatch();

  /** The answer is there, with as many rows. It stays the caller's. */
  void succeed(ArrowBatch answer);

  /**
   * The same rows for another try.
   *
   * @param counts whether the try before counts against the most attempts
   */
  InferenceWork again(boolean counts);

  /** The first or the second half of the rows, for a try of their own. Needs two rows. */
  InferenceWork half(boolean second);

  /** Its one row cannot be inferred. */
  void fail(String category, String reason);

  /** Gives back what {@link #toBatch()} would have given. */
  void discard();
}
