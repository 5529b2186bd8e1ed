package dev.millrace.accelerator;

/** Whether a row's answer may depend on the rows beside it. */
public enum BatchInvariance {
  /**
   * It may not. A graph that would let it is made to quantise by row, or has its rows run alone.
   */
  STRICT,
  /** It may, within what the model's quantisation does. Faster for such models. */
  RELAXED
}
