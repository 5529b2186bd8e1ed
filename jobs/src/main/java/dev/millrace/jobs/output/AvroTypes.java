package dev.millrace.jobs.output;

import dev.millrace.jobs.input.AvroColumn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.avro.JsonProperties;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * What a column is as an Avro type. A column that was read from Avro is what it was. A name that
 * Avro does not allow has underscores in place of the characters that are not, and the real one as
 * the property {@code column} of the field.
 */
final class AvroTypes {

  private static final String NAMESPACE = "dev.millrace.backfill";

  private final Set<String> types = new HashSet<>();

  private AvroTypes() {}

  /**
   * The record of columns.
   *
   * @throws IOException if one has a type that Avro has not
   */
  static Schema record(org.apache.arrow.vector.types.pojo.Schema columns) throws IOException {
    return new AvroTypes().record("Row", columns.getFields());
  }

  private Schema record(String name, List<Field> fields) throws IOException {
    String free = name(name);
    while (!types.add(free)) {
      free += "_";
    }
    Set<String> taken = new HashSet<>();
    List<Schema.Field> made = new ArrayList<>();
    for (Field field : fields) {
      String called = name(field.getName());
      while (!taken.add(called)) {
        called += "_";
      }
      Schema type = field(free + "_" + called, field);
      boolean orNull = type.isUnion() && type.getTypes().get(0).getType() == Schema.Type.NULL;
      Schema.Field avro =
          orNull
              ? new Schema.Field(called, type, null, JsonProperties.NULL_VALUE)
              : new Schema.Field(called, type);
      if (!called.equals(field.getName())) {
        avro.addProp("column", field.getName());
      }
      made.add(avro);
    }
    return Schema.createRecord(free, null, NAMESPACE, false, made);
  }

  private static String name(String wanted) {
    String name = wanted.replaceAll("[^A-Za-z0-9_]", "_");
    return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "_" + name : name;
  }

  private Schema field(String path, Field field) throws IOException {
    String written = field.getMetadata().get(AvroColumn.SCHEMA);
    if (written != null) {
      return new Schema.Parser().parse(written);
    }
    Schema type = type(path, field);
    return field.isNullable() && type.getType() != Schema.Type.NULL
        ? Schema.createUnion(Schema.create(Schema.Type.NULL), type)
        : type;
  }

  private Schema type(String path, Field field) throws IOException {
    ArrowType type = field.getType();
    List<Field> children = field.getChildren();
    return switch (type.getTypeID()) {
      case Null -> Schema.create(Schema.Type.NULL);
      case Bool -> Schema.create(Schema.Type.BOOLEAN);
      case Utf8, LargeUtf8, Utf8View -> Schema.create(Schema.Type.STRING);
      case Binary, LargeBinary, BinaryView -> Schema.create(Schema.Type.BYTES);
      case FixedSizeBinary ->
          Schema.createFixed(
              path, null, NAMESPACE, ((ArrowType.FixedSizeBinary) type).getByteWidth());
      case FloatingPoint ->
          Schema.create(
              switch (((ArrowType.FloatingPoint) type).getPrecision()) {
                case HALF, SINGLE -> Schema.Type.FLOAT;
                case DOUBLE -> Schema.Type.DOUBLE;
              });
      case Int -> integer((ArrowType.Int) type);
      case Decimal ->
          LogicalTypes.decimal(
                  ((ArrowType.Decimal) type).getPrecision(), ((ArrowType.Decimal) type).getScale())
              .addToSchema(Schema.create(Schema.Type.BYTES));
      case Date ->
          switch (((ArrowType.Date) type).getUnit()) {
            case DAY -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
            case MILLISECOND ->
                LogicalTypes.localTimestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
          };
      case Time -> time((ArrowType.Time) type);
      case Timestamp -> timestamp((ArrowType.Timestamp) type);
      case List, LargeList, FixedSizeList, ListView, LargeListView ->
          Schema.createArray(field(path + "_item", children.get(0)));
      case Struct -> record(path, children);
      case Map -> map(path, children.get(0).getChildren());
      default ->
          throw new IOException(
              "the column '"
                  + field.getName()
                  + "' is "
                  + type
                  + ", which Avro has not. Leave it out by --columns, or write another format");
    };
  }

  private Schema map(String path, List<Field> entry) throws IOException {
    if (entry.get(0).getType() instanceof ArrowType.Utf8) {
      return Schema.createMap(field(path + "_value", entry.get(1)));
    }
    return Schema.createArray(record(path + "_entry", entry));
  }

  private static Schema integer(ArrowType.Int type) {
    if (type.getBitWidth() < 32 || (type.getBitWidth() == 32 && type.getIsSigned())) {
      return Schema.create(Schema.Type.INT);
    }
    return type.getBitWidth() == 64 && !type.getIsSigned()
        ? LogicalTypes.decimal(20, 0).addToSchema(Schema.create(Schema.Type.BYTES))
        : Schema.create(Schema.Type.LONG);
  }

  private static Schema time(ArrowType.Time type) {
    return switch (type.getUnit()) {
      case SECOND, MILLISECOND ->
          LogicalTypes.timeMillis().addToSchema(Schema.create(Schema.Type.INT));
      case MICROSECOND -> LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
      case NANOSECOND -> unit(TimeUnit.NANOSECOND);
    };
  }

  /** Avro has no time of day in nanoseconds: a number that says what it is. */
  private static Schema unit(TimeUnit unit) {
    Schema number = Schema.create(Schema.Type.LONG);
    number.addProp("unit", unit.name().toLowerCase(java.util.Locale.ROOT));
    return number;
  }

  private static Schema timestamp(ArrowType.Timestamp type) {
    Schema number = Schema.create(Schema.Type.LONG);
    String zone = type.getTimezone();
    if (zone == null) {
      return switch (type.getUnit()) {
        case SECOND, MILLISECOND -> LogicalTypes.localTimestampMillis().addToSchema(number);
        case MICROSECOND -> LogicalTypes.localTimestampMicros().addToSchema(number);
        case NANOSECOND -> LogicalTypes.localTimestampNanos().addToSchema(number);
      };
    }
    if (!zone.equals("UTC")) {
      number.addProp("zone", zone);
    }
    return switch (type.getUnit()) {
      case SECOND, MILLISECOND -> LogicalTypes.timestampMillis().addToSchema(number);
      case MICROSECOND -> LogicalTypes.timestampMicros().addToSchema(number);
      case NANOSECOND -> LogicalTypes.timestampNanos().addToSchema(number);
    };
  }
}
