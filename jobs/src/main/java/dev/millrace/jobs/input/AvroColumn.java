package dev.millrace.jobs.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * What an Avro type is as a column, and how its values get there. The Avro type itself stays with
 * the column as metadata, so that it can be written again as it was.
 */
public final class AvroColumn {

  /** Metadata key of a column: its Avro schema as JSON. */
  public static final String SCHEMA = "avro.schema";

  private static final int DIGITS_OF_128_BITS = 38;
  private static final int DIGITS_OF_256_BITS = 76;

  private final Deque<String> open = new ArrayDeque<>();

  private AvroColumn() {}

  /**
   * The columns of a record.
   *
   * @throws IOException if a field's type has no column; the message names both
   */
  static List<Field> columns(Schema record) throws IOException {
    List<Field> columns = new ArrayList<>();
    for (Schema.Field field : record.getFields()) {
      columns.add(
          new AvroColumn()
              .field(field.name(), field.schema(), Map.of(SCHEMA, field.schema().toString())));
    }
    return columns;
  }

  private Field field(String name, Schema avro, @Nullable Map<String, String> metadata)
      throws IOException {
    Schema type = withoutNull(avro);
    if (type == null) {
      throw new IOException(
          "the field '"
              + name
              + "' is a union of several types ("
              + avro
              + "), which is no column. A union with null is; give the field one type");
    }
    List<Field> children = new ArrayList<>();
    switch (type.getType()) {
      case ARRAY -> children.add(field("item", type.getElementType(), null));
      case MAP ->
          children.add(
              new Field(
                  MapVector.DATA_VECTOR_NAME,
                  FieldType.notNullable(ArrowType.Struct.INSTANCE),
                  List.of(
                      new Field(
                          MapVector.KEY_NAME,
                          FieldType.notNullable(ArrowType.Utf8.INSTANCE),
                          List.of()),
                      field(MapVector.VALUE_NAME, type.getValueType(), null))));
      case RECORD -> {
        if (open.contains(type.getFullName())) {
          throw new IOException(
              "the record " + type.getFullName() + " contains itself, which is no column");
        }
        open.push(type.getFullName());
        for (Schema.Field child : type.getFields()) {
          children.add(field(child.name(), child.schema(), null));
        }
        open.pop();
      }
      default -> {}
    }
    boolean nullable = avro.isNullable();
    return new Field(name, new FieldType(nullable, arrow(name, type), null, metadata), children);
  }

  /** The type of a union with null, or the type itself; null for other unions. */
  public static @Nullable Schema withoutNull(Schema avro) {
    if (!avro.isUnion()) {
      return avro;
    }
    List<Schema> types =
        avro.getTypes().stream().filter(type -> type.getType() != Schema.Type.NULL).toList();
    return types.size() == 1 ? types.get(0) : null;
  }

  private static ArrowType arrow(String name, Schema type) throws IOException {
    LogicalType logical = type.getLogicalType();
    if (logical instanceof LogicalTypes.Decimal decimal
        && decimal.getPrecision() <= DIGITS_OF_256_BITS) {
      return new ArrowType.Decimal(
          decimal.getPrecision(),
          decimal.getScale(),
          decimal.getPrecision() <= DIGITS_OF_128_BITS ? 128 : 256);
    }
    return switch (type.getType()) {
      case STRING, ENUM -> ArrowType.Utf8.INSTANCE;
      case BYTES -> ArrowType.Binary.INSTANCE;
      case FIXED -> new ArrowType.FixedSizeBinary(type.getFixedSize());
      case INT -> ofInt(logical);
      case LONG -> ofLong(logical);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case ARRAY -> ArrowType.List.INSTANCE;
      case MAP -> new ArrowType.Map(false);
      case RECORD -> ArrowType.Struct.INSTANCE;
      case NULL, UNION ->
          throw new IOException("the field '" + name + "' is always null, which is no column");
    };
  }

  private static ArrowType ofInt(@Nullable LogicalType logical) {
    if (logical instanceof LogicalTypes.Date) {
      return new ArrowType.Date(DateUnit.DAY);
    }
    return logical instanceof LogicalTypes.TimeMillis
        ? new ArrowType.Time(TimeUnit.MILLISECOND, 32)
        : new ArrowType.Int(32, true);
  }

  private static ArrowType ofLong(@Nullable LogicalType logical) {
    return switch (logical == null ? "" : logical.getName()) {
      case "time-micros" -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
      case "timestamp-millis" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");
      case "timestamp-micros" -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
      case "timestamp-nanos" -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC");
      case "local-timestamp-millis" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, null);
      case "local-timestamp-micros" -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
      case "local-timestamp-nanos" -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, null);
      default -> new ArrowType.Int(64, true);
    };
  }

  /** Reads a value of an Avro type into its place. */
  static void read(Decoder in, Schema avro, FieldVector vector, int row) throws IOException {
    Schema type = avro;
    if (avro.isUnion()) {
      type = avro.getTypes().get(in.readIndex());
    }
    switch (type.getType()) {
      case NULL -> {
        in.readNull();
        vector.setNull(row);
      }
      case STRING -> {
        Utf8 text = in.readString(null);
        ((VarCharVector) vector).setSafe(row, text.getBytes(), 0, text.getByteLength());
      }
      case ENUM ->
          ((VarCharVector) vector)
              .setSafe(
                  row, type.getEnumSymbols().get(in.readEnum()).getBytes(StandardCharsets.UTF_8));
      case BYTES -> {
        ByteBuffer read = in.readBytes(null);
        byte[] bytes = new byte[read.remaining()];
        read.get(bytes);
        setBytes(vector, row, bytes);
      }
      case FIXED -> {
        byte[] bytes = new byte[type.getFixedSize()];
        in.readFixed(bytes);
        setBytes(vector, row, bytes);
      }
      case INT -> setInt(vector, row, in.readInt());
      case LONG -> setLong(vector, row, in.readLong());
      case FLOAT -> ((Float4Vector) vector).setSafe(row, in.readFloat());
      case DOUBLE -> ((Float8Vector) vector).setSafe(row, in.readDouble());
      case BOOLEAN -> ((BitVector) vector).setSafe(row, in.readBoolean() ? 1 : 0);
      case ARRAY -> readArray(in, type, (ListVector) vector, row);
      case MAP -> readMap(in, type, (MapVector) vector, row);
      case RECORD -> {
        StructVector struct = (StructVector) vector;
        struct.setIndexDefined(row);
        for (Schema.Field field : type.getFields()) {
          read(in, field.schema(), (FieldVector) struct.getVectorById(field.pos()), row);
        }
      }
      case UNION -> throw new IOException("a union in a union");
    }
  }

  private static void setBytes(FieldVector vector, int row, byte[] bytes) {
    if (vector instanceof VarBinaryVector binary) {
      binary.setSafe(row, bytes);
    } else if (vector instanceof FixedSizeBinaryVector fixed) {
      fixed.setSafe(row, bytes);
    } else if (vector instanceof DecimalVector decimal) {
      decimal.setBigEndianSafe(row, bytes);
    } else {
      ((Decimal256Vector) vector).setBigEndianSafe(row, bytes);
    }
  }

  /** Dates and times of 32 bits are laid out as integers are. */
  private static void setInt(FieldVector vector, int row, int value) {
    if (vector instanceof IntVector ints) {
      ints.setSafe(row, value);
      return;
    }
    BaseFixedWidthVector fixed = (BaseFixedWidthVector) vector;
    while (row >= fixed.getValueCapacity()) {
      fixed.reAlloc();
    }
    fixed.setIndexDefined(row);
    fixed.getDataBuffer().setInt((long) row * Integer.BYTES, value);
  }

  private static void setLong(FieldVector vector, int row, long value) {
    if (vector instanceof BigIntVector longs) {
      longs.setSafe(row, value);
      return;
    }
    BaseFixedWidthVector fixed = (BaseFixedWidthVector) vector;
    while (row >= fixed.getValueCapacity()) {
      fixed.reAlloc();
    }
    fixed.setIndexDefined(row);
    fixed.getDataBuffer().setLong((long) row * Long.BYTES, value);
  }

  private static void readArray(Decoder in, Schema type, ListVector vector, int row)
      throws IOException {
    int start = vector.startNewValue(row);
    int count = 0;
    for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
      for (long i = 0; i < block; i++) {
        read(in, type.getElementType(), vector.getDataVector(), start + count++);
      }
    }
    vector.endValue(row, count);
  }

  private static void readMap(Decoder in, Schema type, MapVector vector, int row)
      throws IOException {
    StructVector entries = (StructVector) vector.getDataVector();
    int start = vector.startNewValue(row);
    int count = 0;
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        int at = start + count++;
        entries.setIndexDefined(at);
        Utf8 key = in.readString(null);
        ((VarCharVector) entries.getVectorById(0))
            .setSafe(at, key.getBytes(), 0, key.getByteLength());
        read(in, type.getValueType(), (FieldVector) entries.getVectorById(1), at);
      }
    }
    vector.endValue(row, count);
  }
}
