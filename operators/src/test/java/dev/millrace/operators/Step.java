package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException.Category;

/**
 * One thing that happens to an operator. Numbers are taken modulo what there is, so that a history
 * from which steps were taken out still means something.
 */
sealed interface Step {

  /** A row with the text of that number comes, so much later than the watermark. */
  record Row(int text, int afterWatermark) implements Step {}

  record Watermark(int by) implements Step {}

  record Idle(boolean now) implements Step {}

  record Marker() implements Step {}

  record Backlog(boolean now) implements Step {}

  /** The device answers a call, as it would: what it cannot infer it refuses. */
  record Respond(int call) implements Step {}

  /** The device fails. */
  record Fault(int call, Category category) implements Step {}

  /** The device answers with a row too few. */
  record Malformed(int call) implements Step {}

  record Pass(int millis) implements Step {}

  /** The task's thread gets to so many mails, or to all if there are fewer. */
  record Mails(int most) implements Step {}

  /**
   * A checkpoint.
   *
   * @param inTime whether the device answers while it is drained
   */
  record Checkpoint(boolean inTime) implements Step {}

  /** The task dies, and comes back from the last checkpoint. */
  record Restart() implements Step {}
}
