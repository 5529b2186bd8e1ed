package dev.millrace.jobs.condition;

import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * A row of a batch.
 *
 * @param root stays the caller's, and has all columns that are asked for
 * @param row which one, from 0
 */
public record ArrowRow(VectorSchemaRoot root, int row) implements ConditionRow {

  @Override
  public boolean isNull(String column) {
    return root.getVector(column).isNull(row);
  }

  @Override
  public @Nullable Integer compare(String column, Literal value) {
    return value.compare(root.getVector(column), row);
  }
}
