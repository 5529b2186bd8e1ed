package dev.millrace.jobs.sql;

import java.io.PrintStream;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;

/** Prints rows with a head, in columns. */
final class ResultTable {

  private static final int TEXT = 40;
  private static final int NUMBER = 12;
  private static final int OTHER = 36;
  private static final int MOST = 60;
  private static final int SHOWN_OF_ARRAY = 3;

  private final PrintStream out;
  private final boolean withKind;
  private final List<String> names = new ArrayList<>();
  private final List<Integer> widths = new ArrayList<>();
  private final List<Boolean> right = new ArrayList<>();

  private ResultTable(boolean withKind, PrintStream out) {
    this.out = out;
    this.withKind = withKind;
    if (withKind) {
      add("op", 2, false);
    }
  }

  /**
   * A table for rows that are still to come, so that its widths are decided by the columns' types.
   *
   * @param withKind whether rows may be taken back, so that each says what it does
   */
  static ResultTable ofRowsToCome(List<Column> columns, boolean withKind, PrintStream out) {
    ResultTable table = new ResultTable(withKind, out);
    for (Column column : columns) {
      LogicalType type = column.getDataType().getLogicalType();
      boolean number = type.is(LogicalTypeFamily.NUMERIC);
      table.add(
          column.getName(),
          number ? NUMBER : type.is(LogicalTypeFamily.CHARACTER_STRING) ? TEXT : OTHER,
          number);
    }
    return table;
  }

  /** A table that is as wide as its rows need. */
  static ResultTable of(List<Column> columns, List<Row> rows, PrintStream out) {
    ResultTable table = new ResultTable(false, out);
    for (int i = 0; i < columns.size(); i++) {
      int longest = 0;
      for (Row row : rows) {
        longest = Math.max(longest, show(row.getField(i)).length());
      }
      table.add(columns.get(i).getName(), Math.min(longest, MOST), false);
    }
    return table;
  }

  private void add(String name, int width, boolean toTheRight) {
    names.add(name);
    widths.add(Math.max(width, name.length()));
    right.add(toTheRight);
  }

  /** Prints all rows, each as it comes, and how many there were. */
  void print(Iterator<Row> rows) {
    line(names);
    line(widths.stream().map("-"::repeat).toList());
    long count = 0;
    while (rows.hasNext()) {
      Row row = rows.next();
      List<String> cells = new ArrayList<>();
      if (withKind) {
        cells.add(row.getKind().shortString());
      }
      for (int i = 0; i < row.getArity(); i++) {
        cells.add(show(row.getField(i)));
      }
      line(cells);
      out.flush();
      count++;
    }
    out.println(count == 1 ? "1 row" : count + " rows");
  }

  private void line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      int width = widths.get(i);
      String cell = cells.get(i).replaceAll("\\s+", " ");
      if (cell.length() > width) {
        cell = cell.substring(0, width - 1) + "…";
      }
      String blanks = " ".repeat(width - cell.length());
      line.append(right.get(i) ? blanks + cell : cell + blanks).append("  ");
    }
    out.println(line.toString().stripTrailing());
  }

  /** A value as a person would have it; of a long vector its beginning and its length. */
  private static String show(@Nullable Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof Float || value instanceof Double) {
      return String.format(Locale.ROOT, "%.6g", ((Number) value).doubleValue());
    }
    if (value.getClass().isArray()) {
      return showArray(value);
    }
    if (value instanceof Map<?, ?> map) {
      List<String> entries = new ArrayList<>();
      map.forEach((key, of) -> entries.add(show(key) + "=" + show(of)));
      return entries.toString();
    }
    return value.toString();
  }

  private static String showArray(Object array) {
    int length = Array.getLength(array);
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < Math.min(length, SHOWN_OF_ARRAY); i++) {
      Object element = Array.get(array, i);
      elements.add(
          element instanceof Float || element instanceof Double
              ? String.format(Locale.ROOT, "%.3f", ((Number) element).doubleValue())
              : show(element));
    }
    return elements.toString().replace("]", length > SHOWN_OF_ARRAY ? ", … " + length + "]" : "]");
  }
}
