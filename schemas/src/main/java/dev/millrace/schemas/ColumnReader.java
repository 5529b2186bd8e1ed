package dev.millrace.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
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
import org.apache.avro.generic.GenericData;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one column as the reader's Avro type, promoted where Avro's schema resolution
 * promotes.
 */
@FunctionalInterface
interface ColumnReader {

  /** The value in a row, null where the type allows it. It holds no reference to the column. */
  @Nullable Object read(int row);

  /** Refuses a column whose type the reader's type cannot be read from. */
  static ColumnReader bind(Schema avro, FieldVector vector, FieldPath path, GenericData data) {
    ColumnType type = ColumnType.of(avro, path);
    ColumnReader values =
        vector.getField().getDictionary() == null ? of(type, vector, path, data) : null;
    if (values == null) {
      boolean dictionary = vector.getField().getDictionary() != null;
      throw path.failure(
          "the Avro type "
              + ColumnType.describe(type.schema())
              + " cannot be read from a column of the Arrow type "
              + vector.getField().getType()
              + (dictionary ? " with a dictionary. Decode the dictionary first." : ".")
              + " A column may differ from the type only by the promotions of Avro: give the field a"
              + " new name, or write the column anew.");
    }
    return row -> {
      if (!vector.isNull(row)) {
        return values.read(row);
      }
      if (type.nullable()) {
        return null;
      }
      throw path.failure(
          "the column is null here, but the type "
              + ColumnType.describe(type.schema())
              + " has no null.");
    };
  }

  private static @Nullable ColumnReader of(
      ColumnType type, FieldVector column, FieldPath path, GenericData data) {
    return switch (type.kind()) {
      case STRING -> string(column);
      case BYTES -> {
        if (column instanceof VarBinaryVector vector) {
          yield row -> ByteBuffer.wrap(vector.get(row));
        }
        if (column instanceof VarCharVector vector) {
          yield row -> ByteBuffer.wrap(vector.get(row));
        }
        yield null;
      }
      case INT -> {
        if (column instanceof IntVector vector) {
          yield row -> vector.get(row);
        }
        yield null;
      }
      case LONG -> {
        LongColumn longs = longs(column);
        yield longs == null ? null : row -> longs.get(row);
      }
      case TIMESTAMP -> {
        LongColumn longs = longs(column);
        yield longs == null ? null : row -> Instant.ofEpochMilli(longs.get(row));
      }
      case FLOAT -> {
        if (column instanceof Float4Vector vector) {
          yield row -> vector.get(row);
        }
        LongColumn longs = longs(column);
        yield longs == null ? null : row -> (float) longs.get(row);
      }
      case DOUBLE -> {
        if (column instanceof Float8Vector vector) {
          yield row -> vector.get(row);
        }
        if (column instanceof Float4Vector vector) {
          yield row -> (double) vector.get(row);
        }
        LongColumn longs = longs(column);
        yield longs == null ? null : row -> (double) longs.get(row);
      }
      case BOOLEAN -> {
        if (column instanceof BitVector vector) {
          yield row -> vector.get(row) != 0;
        }
        yield null;
      }
      case ENUM -> {
        if (column instanceof VarCharVector vector) {
          yield ofEnum(type.schema(), vector, path, data);
        }
        yield null;
      }
      case ARRAY -> {
        if (column instanceof ListVector vector) {
          yield ofArray(type.schema(), vector, path, data);
        }
        yield null;
      }
      case RECORD -> {
        if (column instanceof StructVector vector) {
          RecordColumns columns = RecordColumns.bind(type.schema(), vector::getChild, path, data);
          yield row -> columns.read(row);
        }
        yield null;
      }
    };
  }

  private static @Nullable ColumnReader string(FieldVector column) {
    if (column instanceof VarCharVector vector) {
      return row -> new String(vector.get(row), StandardCharsets.UTF_8);
    }
    if (column instanceof VarBinaryVector vector) {
      return row -> new String(vector.get(row), StandardCharsets.UTF_8);
    }
    return null;
  }

  /** What Avro reads as a long: integers, and milliseconds, which are longs there. */
  private static @Nullable LongColumn longs(FieldVector column) {
    if (column instanceof BigIntVector vector) {
      return row -> vector.get(row);
    }
    if (column instanceof IntVector vector) {
      return row -> vector.get(row);
    }
    if (column instanceof TimeStampMilliTZVector vector) {
      return row -> vector.get(row);
    }
    return null;
  }

  private static ColumnReader ofEnum(
      Schema schema, VarCharVector vector, FieldPath path, GenericData data) {
    Map<String, Object> symbols = new HashMap<>();
    for (String symbol : schema.getEnumSymbols()) {
      symbols.put(symbol, data.createEnum(symbol, schema));
    }
    Object other = schema.getEnumDefault() == null ? null : symbols.get(schema.getEnumDefault());
    return row -> {
      String symbol = new String(vector.get(row), StandardCharsets.UTF_8);
      Object value = symbols.getOrDefault(symbol, other);
      if (value == null) {
        throw path.failure(
            "the enum "
                + schema.getName()
                + " has no symbol \""
                + symbol
                + "\" and no default for it. Its symbols are "
                + schema.getEnumSymbols()
                + ". Give the enum a default.");
      }
      return value;
    };
  }

  private static ColumnReader ofArray(
      Schema schema, ListVector vector, FieldPath path, GenericData data) {
    ColumnReader items = bind(schema.getElementType(), vector.getDataVector(), path.item(), data);
    return row -> {
      int end = vector.getElementEndIndex(row);
      int start = vector.getElementStartIndex(row);
      GenericData.Array<@Nullable Object> array = new GenericData.Array<>(end - start, schema);
      for (int i = start; i < end; i++) {
        array.add(items.read(i));
      }
      return array;
    };
  }

  /** A column of integers, without boxes. */
  @FunctionalInterface
  interface LongColumn {
    long get(int row);
  }
}
