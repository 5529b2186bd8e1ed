package dev.millrace.schemas;

import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * What an Avro type is as a column.
 *
 * @param kind which layout
 * @param schema the Avro type, without null
 * @param nullable whether it stood in a union with null
 */
record ColumnType(Kind kind, Schema schema, boolean nullable) {

  enum Kind {
    STRING,
    BYTES,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    BOOLEAN,
    ENUM,
    TIMESTAMP,
    ARRAY,
    RECORD
  }

  private static final String ALLOWED =
      "Allowed are string, bytes, int, long, float, double, boolean, enum, timestamp-millis, array,"
          + " record, and a union of null with one of these.";

  /** Refuses a type that has no layout. */
  static ColumnType of(Schema type, FieldPath path) {
    if (type.getType() != Schema.Type.UNION) {
      return new ColumnType(kind(type, path), type, false);
    }
    if (type.getTypes().size() == 2) {
      Schema first = type.getTypes().get(0);
      Schema second = type.getTypes().get(1);
      if (first.getType() == Schema.Type.NULL) {
        return new ColumnType(kind(second, path), second, true);
      }
      if (second.getType() == Schema.Type.NULL) {
        return new ColumnType(kind(first, path), first, true);
      }
    }
    throw refused(type, path);
  }

  private static Kind kind(Schema type, FieldPath path) {
    LogicalType logical = type.getLogicalType();
    if (logical instanceof LogicalTypes.TimestampMillis) {
      return Kind.TIMESTAMP;
    }
    if (logical != null) {
      throw refused(type, path);
    }
    return switch (type.getType()) {
      case STRING -> Kind.STRING;
      case BYTES -> Kind.BYTES;
      case INT -> Kind.INT;
      case LONG -> Kind.LONG;
      case FLOAT -> Kind.FLOAT;
      case DOUBLE -> Kind.DOUBLE;
      case BOOLEAN -> Kind.BOOLEAN;
      case ENUM -> Kind.ENUM;
      case ARRAY -> Kind.ARRAY;
      case RECORD -> Kind.RECORD;
      case MAP, UNION, FIXED, NULL -> throw refused(type, path);
    };
  }

  private static RecordLayoutException refused(Schema type, FieldPath path) {
    return path.failure(
        "the Avro type " + describe(type) + " has no Arrow layout here. " + ALLOWED);
  }

  /** The type in a few words, for messages and pages. */
  static String describe(Schema type) {
    LogicalType logical = type.getLogicalType();
    if (logical != null) {
      return logical.getName();
    }
    return switch (type.getType()) {
      case ENUM, FIXED, RECORD -> type.getType().getName() + " " + type.getName();
      case ARRAY -> "array of " + describe(type.getElementType());
      case MAP -> "map of " + describe(type.getValueType());
      case UNION ->
          "union of " + String.join(", ", type.getTypes().stream().map(t -> describe(t)).toList());
      case STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> type.getType().getName();
    };
  }
}
