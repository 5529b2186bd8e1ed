package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException.Category;

/** What to do with a batch that the accelerator did not answer as it should. */
enum Reaction {
  /** Each half gets a try of its own, at once. */
  HALVE,
  /** The same rows get another try after a pause. */
  RETRY,
  /** Nothing is wrong with the batch: it is held until the accelerator takes work again. */
  HOLD,
  /** Its one row cannot be inferred. */
  GIVE_UP_ROW,
  /** The task fails over. */
  FAIL;

  /**
   * Decides by what went wrong.
   *
   * <ul>
   *   <li>What cannot pass is not tried again: settings and models that do not fit fail the task,
   *       rows that the model refuses are searched for by halving.
   *   <li>An answer that no model gives is the device's fault at first, which may pass. If it stays
   *       it comes from a row, and the batch is halved.
   *   <li>Too little memory halves the batch; where one row is too much the device may have more of
   *       it later.
   *   <li>A device that failed or hung is asked again. In an outage only time counts.
   * </ul>
   *
   * @param rows rows in the batch
   * @param triesLeft whether there may be another try of the same rows
   * @param malformed whether the answer was malformed in a way that no row can cause
   * @param outage whether the accelerator was taking no work when it failed
   */
  static Reaction to(
      Category category, int rows, boolean triesLeft, boolean malformed, boolean outage) {
    Reaction narrow = rows > 1 ? HALVE : malformed ? FAIL : GIVE_UP_ROW;
    return switch (category) {
      case CONFIGURATION, MODEL -> FAIL;
      case INPUT -> narrow;
      case OUTPUT -> triesLeft ? RETRY : narrow;
      case OUT_OF_MEMORY -> rows > 1 ? HALVE : triesLeft ? RETRY : GIVE_UP_ROW;
      case UNAVAILABLE -> HOLD;
      case TIMEOUT, DEVICE -> outage ? HOLD : triesLeft ? RETRY : FAIL;
    };
  }
}
