package dev.millrace.jobs.backfill;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are taken. As in SQL, what is compared with null is unknown, and a row is taken if the
 * whole is true.
 */
sealed interface Condition extends Serializable {

  /** Whether it holds for a row; null if that is unknown. */
  @Nullable Boolean test(VectorSchemaRoot root, int row);

  /** Adds the columns that are looked at. */
  void columns(Set<String> into);

  /** Both. */
  record And(Condition left, Condition right) implements Condition {
    @Override
    public @Nullable Boolean test(VectorSchemaRoot root, int row) {
      Boolean first = left.test(root, row);
      if (Boolean.FALSE.equals(first)) {
        return false;
      }
      Boolean second = right.test(root, row);
      return Boolean.FALSE.equals(second) ? second : first == null ? null : second;
    }

    @Override
    public void columns(Set<String> into) {
      left.columns(into);
      right.columns(into);
    }
  }

  /** One of the two. */
  record Or(Condition left, Condition right) implements Condition {
    @Override
    public @Nullable Boolean test(VectorSchemaRoot root, int row) {
      Boolean first = left.test(root, row);
      if (Boolean.TRUE.equals(first)) {
        return true;
      }
      Boolean second = right.test(root, row);
      return Boolean.TRUE.equals(second) ? second : first == null ? null : second;
    }

    @Override
    public void columns(Set<String> into) {
      left.columns(into);
      right.columns(into);
    }
  }

  /** The contrary. */
  record Not(Condition of) implements Condition {
    @Override
    public @Nullable Boolean test(VectorSchemaRoot root, int row) {
      Boolean value = of.test(root, row);
      return value == null ? null : !value;
    }

    @Override
    public void columns(Set<String> into) {
      of.columns(into);
    }
  }

  /** Whether a column has no value; never unknown. */
  record IsNull(String column) implements Condition {
    @Override
    public Boolean test(VectorSchemaRoot root, int row) {
      return root.getVector(column).isNull(row);
    }

    @Override
    public void columns(Set<String> into) {
      into.add(column);
    }
  }

  /** A column beside a value. */
  record Compare(String column, String operator, Literal value) implements Condition {
    @Override
    public @Nullable Boolean test(VectorSchemaRoot root, int row) {
      FieldVector vector = root.getVector(column);
      Integer order = vector.isNull(row) ? null : value.compare(vector, row);
      if (order == null) {
        return null;
      }
      return switch (operator) {
        case "=" -> order == 0;
        case "!=" -> order != 0;
        case "<" -> order < 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        default -> order >= 0;
      };
    }

    @Override
    public void columns(Set<String> into) {
      into.add(column);
    }
  }

  /** A column among values. */
  record In(String column, List<Literal> values) implements Condition {
    @Override
    public @Nullable Boolean test(VectorSchemaRoot root, int row) {
      FieldVector vector = root.getVector(column);
      if (vector.isNull(row)) {
        return null;
      }
      for (Literal value : values) {
        Integer order = value.compare(vector, row);
        if (order != null && order == 0) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void columns(Set<String> into) {
      into.add(column);
    }
  }
}
