package dev.millrace.operators;

/** What becomes of a row that cannot be inferred. */
public enum OnBadRow {
  /** It leaves by {@link DeadLetters#TAG}, with the reason and its original bytes. */
  DEAD_LETTER,
  /** The job fails over to its last checkpoint. */
  FAIL,
  /**
   * It leaves with the others, with null for a vector: null in a column, {@link RowWithoutVector}
   * for a row.
   */
  NULL
}
