package dev.millrace.pipelines.sql;

/** What becomes of a row that a model has no answer for. */
public enum OnError {
  /** Its answer is null. */
  NULL,
  /** The job fails. */
  FAIL,
  /** Its answer is null, and a column says why. */
  COLUMN
}
