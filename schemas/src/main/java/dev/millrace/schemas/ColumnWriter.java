package dev.millrace.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Sets the values of one column, which grows as needed. Rows must come in ascending order. */
@FunctionalInterface
interface ColumnWriter {

  /** Sets a value that is there. */
  void set(int row, Object value);

  /** Writes a field of every row. */
  static FieldWriter bind(Schema avro, FieldVector vector, FieldPath path) {
    ColumnType type = ColumnType.of(avro, path);
    return new FieldWriter(type, vector, of(type, vector, path), path);
  }

  private static ColumnWriter of(ColumnType type, FieldVector column, FieldPath path) {
    return switch (type.kind()) {
      case STRING -> {
        VarCharVector vector = (VarCharVector) column;
        yield (row, value) ->
            vector.setSafe(row, ((CharSequence) value).toString().getBytes(StandardCharsets.UTF_8));
      }
      case BYTES -> {
        VarBinaryVector vector = (VarBinaryVector) column;
        yield (row, value) -> {
          // A view, since copying from a buffer moves its position and the record is the caller's.
          ByteBuffer bytes = ((ByteBuffer) value).duplicate();
          vector.setSafe(row, bytes, bytes.position(), bytes.remaining());
        };
      }
      case INT -> {
        IntVector vector = (IntVector) column;
        yield (row, value) -> vector.setSafe(row, (Integer) value);
      }
      case LONG -> {
        BigIntVector vector = (BigIntVector) column;
        yield (row, value) -> vector.setSafe(row, (Long) value);
      }
      case FLOAT -> {
        Float4Vector vector = (Float4Vector) column;
        yield (row, value) -> vector.setSafe(row, (Float) value);
      }
      case DOUBLE -> {
        Float8Vector vector = (Float8Vector) column;
        yield (row, value) -> vector.setSafe(row, (Double) value);
      }
      case BOOLEAN -> {
        BitVector vector = (BitVector) column;
        yield (row, value) -> vector.setSafe(row, (Boolean) value ? 1 : 0);
      }
      case TIMESTAMP -> {
        TimeStampMilliTZVector vector = (TimeStampMilliTZVector) column;
        yield (row, value) -> vector.setSafe(row, epochMillis(value, path));
      }
      case ENUM -> ofEnum(type.schema(), (VarCharVector) column, path);
      case ARRAY -> ofArray(type.schema(), (ListVector) column, path);
      case RECORD -> {
        StructVector vector = (StructVector) column;
        List<FieldWriter> fields = ofRecord(type.schema(), vector::getChild, path);
        yield (row, value) -> {
          vector.setIndexDefined(row);
          setRecord(type.schema(), fields, row, (IndexedRecord) value, path);
        };
      }
    };
  }

  private static long epochMillis(Object value, FieldPath path) {
    if (!(value instanceof Instant instant)) {
      // A generic record that was read without a conversion holds the number itself.
      return (Long) value;
    }
    try {
      return instant.toEpochMilli();
    } catch (ArithmeticException e) {
      RecordLayoutException failure =
          path.failure(
              "the time " + instant + " does not fit into 64 bits of milliseconds since 1970.");
      failure.initCause(e);
      throw failure;
    }
  }

  private static ColumnWriter ofEnum(Schema schema, VarCharVector vector, FieldPath path) {
    Map<String, byte[]> encoded = new HashMap<>();
    for (String symbol : schema.getEnumSymbols()) {
      encoded.put(symbol, symbol.getBytes(StandardCharsets.UTF_8));
    }
    return (row, value) -> {
      byte[] symbol = encoded.get(value.toString());
      if (symbol == null) {
        throw path.failure(
            "the enum "
                + schema.getName()
                + " has no symbol \""
                + value
                + "\". Allowed are "
                + schema.getEnumSymbols()
                + ".");
      }
      vector.setSafe(row, symbol);
    };
  }

  private static ColumnWriter ofArray(Schema schema, ListVector vector, FieldPath path) {
    FieldWriter items = bind(schema.getElementType(), vector.getDataVector(), path.item());
    return (row, value) -> {
      int start = vector.startNewValue(row);
      int end = start;
      for (Object item : (Collection<?>) value) {
        items.write(end++, item);
      }
      vector.endValue(row, end - start);
    };
  }

  /** The writers of a record's fields, in the order of the Avro schema. */
  static List<FieldWriter> ofRecord(
      Schema schema, Function<String, FieldVector> columns, FieldPath path) {
    return schema.getFields().stream()
        .map(field -> bind(field.schema(), columns.apply(field.name()), path.child(field.name())))
        .toList();
  }

  static void setRecord(
      Schema schema, List<FieldWriter> fields, int row, IndexedRecord value, FieldPath path) {
    // Fields go by position, so a record of another version would land in the wrong columns.
    if (!value.getSchema().equals(schema)) {
      throw path.failure(
          "the value is a record of another schema ("
              + value.getSchema().getFullName()
              + "). Write it with the layout of its own schema.");
    }
    for (int i = 0; i < fields.size(); i++) {
      fields.get(i).write(row, value.get(i));
    }
  }

  /** A column writer that knows whether null is a value. */
  record FieldWriter(ColumnType type, FieldVector vector, ColumnWriter column, FieldPath path) {

    void write(int row, @Nullable Object value) {
      if (value == null) {
        if (!type.nullable()) {
          throw path.failure(
              "the value is null, but the type "
                  + ColumnType.describe(type.schema())
                  + " has no null. Set the field.");
        }
        vector.setNull(row);
        return;
      }
      try {
        column.set(row, value);
      } catch (ClassCastException e) {
        RecordLayoutException failure =
            path.failure(
                "a value of "
                    + value.getClass().getName()
                    + " does not fit the type "
                    + ColumnType.describe(type.schema())
                    + ".");
        failure.initCause(e);
        throw failure;
      }
    }
  }
}
