package dev.millrace.accelerator;

/** The numbers that a model's matrix products are made of. */
public enum Precision {
  /** Those that the model comes with. */
  MODEL,
  /**
   * 8-bit integers: weights are quantised by column when the model is loaded, activations by row
   * while it runs. A row's answer depends on the row alone. The model must be one of float32, or be
   * quantised to 8 bits already.
   */
  INT8
}
