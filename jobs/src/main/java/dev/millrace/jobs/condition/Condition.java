package dev.millrace.jobs.condition;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are taken. As in SQL, what is compared with null is unknown, and a row is taken if the
 * whole is true.
 */
public sealed interface Condition extends Serializable {

  /** Whether it holds for a row; null if that is unknown. */
  @Nullable Boolean test(ConditionRow row);

  /** Adds the columns that are looked at. */
  void columns(Set<String> into);

  /** Both. */
  record And(Condition left, Condition right) implements Condition {
    @Override
    public @Nullable Boolean test(ConditionRow row) {
      Boolean first = left.test(row);
      if (Boolean.FALSE.equals(first)) {
        return false;
      }
      Boolean second = right.test(row);
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
    public @Nullable Boolean test(ConditionRow row) {
      Boolean first = left.test(row);
      if (Boolean.TRUE.equals(first)) {
        return true;
      }
      Boolean second = right.test(row);
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
    public @Nullable Boolean test(ConditionRow row) {
      Boolean value = of.test(row);
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
    public Boolean test(ConditionRow row) {
      return row.isNull(column);
    }

    @Override
    public void columns(Set<String> into) {
      into.add(column);
    }
  }

  /** A column beside a value. */
  record Compare(String column, String operator, Literal value) implements Condition {
    @Override
    public @Nullable Boolean test(ConditionRow row) {
      Integer order = row.isNull(column) ? null : row.compare(column, value);
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
    public @Nullable Boolean test(ConditionRow row) {
      if (row.isNull(column)) {
        return null;
      }
      for (Literal value : values) {
        Integer order = row.compare(column, value);
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
