package dev.millrace.jobs.condition;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of texts, such as CSV has: a number is a text that can be read as one.
 *
 * @param values by column; one that is not there is null
 */
public record TextRow(Map<String, String> values) implements ConditionRow {

  @Override
  public boolean isNull(String column) {
    return !values.containsKey(column);
  }

  @Override
  public @Nullable Integer compare(String column, Literal value) {
    String there = values.get(column);
    return there == null ? null : value.compare(there);
  }
}
