package dev.millrace.jobs.input;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/**
 * What kind of values a field of JSON objects has, as far as they were seen. Values that have no
 * type in common become text, as they are written, so that none is lost or changed.
 */
final class JsonColumn {

  private enum Kind {
    NOTHING,
    TRUTH,
    LONG,
    DOUBLE,
    TEXT,
    OBJECT,
    ARRAY,
    MIXED
  }

  private static final int DIGITS_OF_DOUBLES = 15;

  private Kind kind = Kind.NOTHING;
  private final Map<String, JsonColumn> fields = new LinkedHashMap<>();
  private @Nullable JsonColumn items;

  /** Takes a value into account. */
  void add(JsonNode value) {
    Kind found = kind(value);
    if (kind == Kind.NOTHING) {
      kind = found;
    } else if (found != Kind.NOTHING && found != kind) {
      boolean numbers =
          (kind == Kind.LONG || kind == Kind.DOUBLE)
              && (found == Kind.LONG || found == Kind.DOUBLE);
      kind = numbers ? Kind.DOUBLE : Kind.MIXED;
    }
    if (kind == Kind.OBJECT && value.isObject()) {
      addFields(value);
    } else if (kind == Kind.ARRAY && value.isArray()) {
      JsonColumn of = items == null ? new JsonColumn() : items;
      value.forEach(of::add);
      items = of;
    }
  }

  /** Takes the fields of an object into account. */
  void addFields(JsonNode object) {
    object
        .properties()
        .forEach(
            field ->
                fields
                    .computeIfAbsent(field.getKey(), name -> new JsonColumn())
                    .add(field.getValue()));
  }

  private static Kind kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case BOOLEAN -> Kind.TRUTH;
      case STRING -> Kind.TEXT;
      case OBJECT -> Kind.OBJECT;
      case ARRAY -> Kind.ARRAY;
      case NUMBER -> number(value);
      default -> Kind.NOTHING;
    };
  }

  private static Kind number(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.canConvertToLong() ? Kind.LONG : Kind.MIXED;
    }
    BigDecimal written = value.decimalValue();
    if (written.precision() <= DIGITS_OF_DOUBLES) {
      return Kind.DOUBLE;
    }
    double near = written.doubleValue();
    return Double.isFinite(near) && new BigDecimal(Double.toString(near)).compareTo(written) == 0
        ? Kind.DOUBLE
        : Kind.MIXED;
  }

  /** The columns of the objects whose fields were added. */
  List<Field> columns(List<String> notes) {
    List<Field> columns = new ArrayList<>();
    fields.forEach((name, column) -> columns.add(column.field(name, name, notes)));
    return columns;
  }

  private Field field(String name, String path, List<String> notes) {
    if (kind == Kind.MIXED) {
      notes.add(
          "The field '"
              + path
              + "' holds values of different types, or numbers that no 64 bits hold: it is kept as"
              + " text.");
    }
    ArrowType type =
        switch (kind) {
          case TRUTH -> ArrowType.Bool.INSTANCE;
          case LONG -> new ArrowType.Int(64, true);
          case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
          case OBJECT -> fields.isEmpty() ? ArrowType.Utf8.INSTANCE : ArrowType.Struct.INSTANCE;
          case ARRAY -> ArrowType.List.INSTANCE;
          case NOTHING, TEXT, MIXED -> ArrowType.Utf8.INSTANCE;
        };
    List<Field> children = new ArrayList<>();
    if (kind == Kind.ARRAY) {
      children.add((items == null ? new JsonColumn() : items).field("item", path + "[]", notes));
    } else if (kind == Kind.OBJECT) {
      fields.forEach((child, of) -> children.add(of.field(child, path + "." + child, notes)));
    }
    return new Field(name, FieldType.nullable(type), children);
  }
}
