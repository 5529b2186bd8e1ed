package dev.millrace.pipelines.sql;

import org.apache.flink.util.FlinkRuntimeException;

/** What becomes of a row that a model has no answer for. */
public enum OnError {
  /** Its answer is null. */
  NULL,
  /** The job fails. */
  FAIL,
  /** Its answer is null, and a column says why. */
  COLUMN;

  /** What the job fails with, for {@link #FAIL}. */
  static FlinkRuntimeException failure(String model, String error) {
    return new FlinkRuntimeException(
        "The model "
            + model
            + " has no answer for a row. "
            + error
            + " With 'on-error' = 'null' or 'column' the job would go on.");
  }
}
