package dev.millrace.jobs.condition;

import org.jspecify.annotations.Nullable;

/** A row as a condition sees it. */
public interface ConditionRow {

  /** Whether a column has no value. */
  boolean isNull(String column);

  /**
   * The order of a column's value and another one.
   *
   * @param column one that is not null
   * @return below, at or above 0; null if the two do not compare
   */
  @Nullable Integer compare(String column, Literal value);
}
