package dev.millrace.jobs.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** What a column is as a Parquet type. */
final class ToParquet {

  private ToParquet() {}

  /**
   * The type of a file.
   *
   * @throws IOException if a column has a type that Parquet has not
   */
  static MessageType message(Schema columns) throws IOException {
    return new MessageType("row", types(columns.getFields()));
  }

  private static List<Type> types(List<Field> fields) throws IOException {
    List<Type> types = new ArrayList<>();
    for (Field field : fields) {
      types.add(type(field.getName(), field));
    }
    return types;
  }

  private static Type type(String name, Field field) throws IOException {
    Repetition repetition = field.isNullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    ArrowType type = field.getType();
    return switch (type.getTypeID()) {
      case Bool -> Types.primitive(PrimitiveTypeName.BOOLEAN, repetition).named(name);
      case Utf8, LargeUtf8, Utf8View ->
          Types.primitive(PrimitiveTypeName.BINARY, repetition)
              .as(LogicalTypeAnnotation.stringType())
              .named(name);
      case Binary, LargeBinary, BinaryView ->
          Types.primitive(PrimitiveTypeName.BINARY, repetition).named(name);
      case FixedSizeBinary ->
          Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
              .length(((ArrowType.FixedSizeBinary) type).getByteWidth())
              .named(name);
      case FloatingPoint -> floating(name, repetition, (ArrowType.FloatingPoint) type);
      case Int -> integer(name, repetition, (ArrowType.Int) type);
      case Decimal -> decimal(name, repetition, (ArrowType.Decimal) type);
      case Date ->
          switch (((ArrowType.Date) type).getUnit()) {
            case DAY ->
                Types.primitive(PrimitiveTypeName.INT32, repetition)
                    .as(LogicalTypeAnnotation.dateType())
                    .named(name);
            case MILLISECOND ->
                Types.primitive(PrimitiveTypeName.INT64, repetition)
                    .as(LogicalTypeAnnotation.timestampType(false, TimeUnit.MILLIS))
                    .named(name);
          };
      case Time -> time(name, repetition, ((ArrowType.Time) type).getUnit());
      case Timestamp ->
          Types.primitive(PrimitiveTypeName.INT64, repetition)
              .as(
                  LogicalTypeAnnotation.timestampType(
                      ((ArrowType.Timestamp) type).getTimezone() != null,
                      unit(((ArrowType.Timestamp) type).getUnit())))
              .named(name);
      case List, LargeList, FixedSizeList, ListView, LargeListView -> {
        Type item = type("element", field.getChildren().get(0));
        yield Types.buildGroup(repetition)
            .as(LogicalTypeAnnotation.listType())
            .addField(new GroupType(Repetition.REPEATED, "list", item))
            .named(name);
      }
      case Struct -> {
        if (field.getChildren().isEmpty()) {
          throw refused(field);
        }
        yield new GroupType(repetition, name, types(field.getChildren()));
      }
      case Map -> {
        List<Field> entry = field.getChildren().get(0).getChildren();
        yield Types.buildGroup(repetition)
            .as(LogicalTypeAnnotation.mapType())
            .addField(
                new GroupType(
                    Repetition.REPEATED,
                    "key_value",
                    type("key", entry.get(0)),
                    type("value", entry.get(1))))
            .named(name);
      }
      default -> throw refused(field);
    };
  }

  private static IOException refused(Field field) {
    return new IOException(
        "the column '"
            + field.getName()
            + "' is "
            + field.getType()
            + ", which Parquet has not. Leave it out by --columns, or write arrow");
  }

  private static Type floating(String name, Repetition repetition, ArrowType.FloatingPoint type) {
    return switch (type.getPrecision()) {
      case HALF ->
          Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
              .length(Short.BYTES)
              .as(LogicalTypeAnnotation.float16Type())
              .named(name);
      case SINGLE -> Types.primitive(PrimitiveTypeName.FLOAT, repetition).named(name);
      case DOUBLE -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(name);
    };
  }

  private static Type integer(String name, Repetition repetition, ArrowType.Int type) {
    PrimitiveTypeName primitive =
        type.getBitWidth() == Long.SIZE ? PrimitiveTypeName.INT64 : PrimitiveTypeName.INT32;
    boolean plain =
        type.getIsSigned()
            && (type.getBitWidth() == Integer.SIZE || type.getBitWidth() == Long.SIZE);
    return plain
        ? Types.primitive(primitive, repetition).named(name)
        : Types.primitive(primitive, repetition)
            .as(LogicalTypeAnnotation.intType(type.getBitWidth(), type.getIsSigned()))
            .named(name);
  }

  private static Type decimal(String name, Repetition repetition, ArrowType.Decimal type) {
    // The least bytes that hold 10^precision, with a sign.
    int bytes = (int) Math.ceil((type.getPrecision() * Math.log(10) / Math.log(2) + 1) / 8);
    return Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
        .length(bytes)
        .as(LogicalTypeAnnotation.decimalType(type.getScale(), type.getPrecision()))
        .named(name);
  }

  private static Type time(
      String name, Repetition repetition, org.apache.arrow.vector.types.TimeUnit unit) {
    TimeUnit of = unit(unit);
    return Types.primitive(
            of == TimeUnit.MILLIS ? PrimitiveTypeName.INT32 : PrimitiveTypeName.INT64, repetition)
        .as(LogicalTypeAnnotation.timeType(true, of))
        .named(name);
  }

  /** Parquet has no seconds: they become milliseconds. */
  private static TimeUnit unit(org.apache.arrow.vector.types.TimeUnit unit) {
    return switch (unit) {
      case SECOND, MILLISECOND -> TimeUnit.MILLIS;
      case MICROSECOND -> TimeUnit.MICROS;
      case NANOSECOND -> TimeUnit.NANOS;
    };
  }
}
