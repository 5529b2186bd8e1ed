package dev.millrace.operators;

/**
 * Flink accumulators that every inference operator adds to: sums over all subtasks and stages of a
 * job, kept across a failover.
 */
public final class InferenceAccumulators {

  /** Texts that an accelerator answered. */
  public static final String TEXTS_EMBEDDED = "texts_embedded";

  /** Their tokens, special ones included and padding not. */
  public static final String TOKENS = "tokens";

  /** The tokens that the accelerator worked on, padding included. */
  public static final String PADDED_TOKENS = "padded_tokens";

  /** The batches that they were in. */
  public static final String BATCHES = "batches";

  /** Rows whose text was answered, or under way, already: no accelerator was asked for them. */
  public static final String REPEATED_TEXTS = "repeated_texts";

  private InferenceAccumulators() {}
}
