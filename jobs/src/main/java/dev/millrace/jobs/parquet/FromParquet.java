package dev.millrace.jobs.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** What a Parquet type is as a column. */
final class FromParquet {

  private static final int DIGITS_OF_128_BITS = 38;

  private FromParquet() {}

  /**
   * The columns of a file.
   *
   * @throws IOException if one has a type that is no column
   */
  static List<Field> columns(GroupType message) throws IOException {
    List<Field> columns = new ArrayList<>();
    for (Type type : message.getFields()) {
      columns.add(field(type));
    }
    return columns;
  }

  private static Field field(Type type) throws IOException {
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      return new Field(
          type.getName(),
          FieldType.notNullable(ArrowType.List.INSTANCE),
          List.of(plain("item", type, false)));
    }
    return plain(type.getName(), type, type.isRepetition(Type.Repetition.OPTIONAL));
  }

  private static Field plain(String name, Type type, boolean nullable) throws IOException {
    if (type.isPrimitive()) {
      return new Field(
          name, new FieldType(nullable, primitive(type.asPrimitiveType()), null), List.of());
    }
    GroupType group = type.asGroupType();
    if (group.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation) {
      Type item = item(group);
      return new Field(
          name,
          new FieldType(nullable, ArrowType.List.INSTANCE, null),
          List.of(plain("item", item, item.isRepetition(Type.Repetition.OPTIONAL))));
    }
    if (isMap(group)) {
      GroupType entry = group.getType(0).asGroupType();
      Type value = entry.getType(1);
      return new Field(
          name,
          new FieldType(nullable, new ArrowType.Map(false), null),
          List.of(
              new Field(
                  MapVector.DATA_VECTOR_NAME,
                  FieldType.notNullable(ArrowType.Struct.INSTANCE),
                  List.of(
                      plain(MapVector.KEY_NAME, entry.getType(0), false),
                      plain(
                          MapVector.VALUE_NAME,
                          value,
                          value.isRepetition(Type.Repetition.OPTIONAL))))));
    }
    return new Field(
        name, new FieldType(nullable, ArrowType.Struct.INSTANCE, null), columns(group));
  }

  /** Whether a group is a map whose entries have a key and a value. */
  static boolean isMap(GroupType group) {
    return group.getLogicalTypeAnnotation() instanceof MapLogicalTypeAnnotation
        && group.getFieldCount() == 1
        && !group.getType(0).isPrimitive()
        && group.getType(0).asGroupType().getFieldCount() == 2;
  }

  /** What a list's elements are: within the repeated group, or, as old writers had it, that. */
  static Type item(GroupType list) {
    Type repeated = list.getType(0);
    return isItem(list, repeated) ? repeated : repeated.asGroupType().getType(0);
  }

  /** Whether the repeated field is the element itself, by the rules for old writers. */
  static boolean isItem(GroupType list, Type repeated) {
    return repeated.isPrimitive()
        || repeated.asGroupType().getFieldCount() != 1
        || repeated.getName().equals("array")
        || repeated.getName().equals(list.getName() + "_tuple");
  }

  private static ArrowType primitive(PrimitiveType type) throws IOException {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return new ArrowType.Decimal(
          decimal.getPrecision(),
          decimal.getScale(),
          decimal.getPrecision() <= DIGITS_OF_128_BITS ? 128 : 256);
    }
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case INT32 -> int32(logical);
      case INT64 -> int64(logical);
      case INT96 -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, null);
      case BINARY ->
          logical instanceof StringLogicalTypeAnnotation
                  || logical instanceof EnumLogicalTypeAnnotation
                  || logical instanceof JsonLogicalTypeAnnotation
              ? ArrowType.Utf8.INSTANCE
              : ArrowType.Binary.INSTANCE;
      case FIXED_LEN_BYTE_ARRAY ->
          logical instanceof Float16LogicalTypeAnnotation
              ? new ArrowType.FloatingPoint(FloatingPointPrecision.HALF)
              : new ArrowType.FixedSizeBinary(type.getTypeLength());
    };
  }

  private static ArrowType int32(@Nullable LogicalTypeAnnotation logical) {
    if (logical instanceof IntLogicalTypeAnnotation number) {
      return new ArrowType.Int(number.getBitWidth(), number.isSigned());
    }
    if (logical instanceof DateLogicalTypeAnnotation) {
      return new ArrowType.Date(DateUnit.DAY);
    }
    return logical instanceof TimeLogicalTypeAnnotation
        ? new ArrowType.Time(TimeUnit.MILLISECOND, 32)
        : new ArrowType.Int(32, true);
  }

  private static ArrowType int64(@Nullable LogicalTypeAnnotation logical) {
    if (logical instanceof IntLogicalTypeAnnotation number) {
      return new ArrowType.Int(64, number.isSigned());
    }
    if (logical instanceof TimeLogicalTypeAnnotation time) {
      return new ArrowType.Time(unit(time.getUnit()), 64);
    }
    if (logical instanceof TimestampLogicalTypeAnnotation time) {
      return new ArrowType.Timestamp(unit(time.getUnit()), time.isAdjustedToUTC() ? "UTC" : null);
    }
    return new ArrowType.Int(64, true);
  }

  private static TimeUnit unit(LogicalTypeAnnotation.TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> TimeUnit.MILLISECOND;
      case MICROS -> TimeUnit.MICROSECOND;
      case NANOS -> TimeUnit.NANOSECOND;
    };
  }
}
