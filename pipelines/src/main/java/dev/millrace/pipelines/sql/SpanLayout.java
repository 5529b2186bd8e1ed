package dev.millrace.pipelines.sql;

import dev.millrace.operators.TextSpan;
import java.io.Serializable;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.jspecify.annotations.Nullable;

/**
 * How a span is laid out as a row.
 *
 * @param fields in their order
 */
record SpanLayout(List<Field> fields) implements Serializable {

  /** The column, with all that it may hold. */
  static final String SIGNATURE =
      "ARRAY<ROW<label STRING, score FLOAT, `start` INT, `end` INT, text STRING>>";

  /** What a field holds, which is its name, too. */
  private enum Part {
    LABEL,
    SCORE,
    START,
    END,
    TEXT
  }

  /**
   * A field.
   *
   * @param wide whether it is DOUBLE and not FLOAT, or BIGINT and not INT
   */
  private record Field(Part part, boolean wide) implements Serializable {}

  SpanLayout {
    fields = List.copyOf(fields);
  }

  /** Whether a column of that type can hold spans. */
  static boolean holds(LogicalType type) {
    if (!(type instanceof ArrayType array) || !(array.getElementType() instanceof RowType row)) {
      return false;
    }
    Set<Part> seen = EnumSet.noneOf(Part.class);
    for (RowField field : row.getFields()) {
      Field read = field(field);
      if (read == null || !seen.add(read.part())) {
        return false;
      }
    }
    return !seen.isEmpty();
  }

  /** That of the first column of a model's OUTPUT that can hold spans; without any, no fields. */
  static SpanLayout of(ResolvedCatalogModel model) {
    return model.getResolvedOutputSchema().getColumns().stream()
        .map(Column::getDataType)
        .map(type -> type.getLogicalType())
        .filter(SpanLayout::holds)
        .findFirst()
        .map(type -> (RowType) ((ArrayType) type).getElementType())
        .map(row -> new SpanLayout(row.getFields().stream().map(SpanLayout::field).toList()))
        .orElseGet(() -> new SpanLayout(List.of()));
  }

  private static @Nullable Field field(RowField field) {
    for (Part part : Part.values()) {
      if (field.getName().equals(part.name().toLowerCase(Locale.ROOT))) {
        LogicalType type = field.getType();
        boolean wide = ColumnCheck.isDouble(type) || type.is(LogicalTypeRoot.BIGINT);
        boolean fits =
            switch (part) {
              case LABEL, TEXT -> ColumnCheck.isString(type);
              case SCORE -> ColumnCheck.isNumber(type);
              case START, END ->
                  type.is(LogicalTypeRoot.INTEGER) || type.is(LogicalTypeRoot.BIGINT);
            };
        return fits ? new Field(part, wide) : null;
      }
    }
    return null;
  }

  /** Spans as the column's value. */
  GenericArrayData array(List<TextSpan> spans) {
    Object[] rows = new Object[spans.size()];
    for (int i = 0; i < rows.length; i++) {
      GenericRowData row = new GenericRowData(fields.size());
      for (int f = 0; f < fields.size(); f++) {
        row.setField(f, value(fields.get(f), spans.get(i)));
      }
      rows[i] = row;
    }
    return new GenericArrayData(rows);
  }

  private static Object value(Field field, TextSpan span) {
    return switch (field.part()) {
      case LABEL -> StringData.fromString(span.label());
      case TEXT -> StringData.fromString(span.text());
      case SCORE -> field.wide() ? (Object) (double) span.score() : (Object) span.score();
      case START -> integer(span.start(), field.wide());
      case END -> integer(span.end(), field.wide());
    };
  }

  private static Object integer(int value, boolean wide) {
    if (wide) {
      return (long) value;
    }
    return value;
  }
}
