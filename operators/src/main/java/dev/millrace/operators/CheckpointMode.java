package dev.millrace.operators;

/** What a checkpoint does with the rows that have come in and not left. */
public enum CheckpointMode {
  /** They are in the checkpoint. */
  SNAPSHOT,
  /**
   * They are inferred and leave before the barrier, so that the checkpoint holds none. What is not
   * done in time is in the checkpoint all the same.
   */
  DRAIN
}
