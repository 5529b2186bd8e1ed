package dev.millrace.schemas;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** From an Avro record to the schema of its columns. */
final class ArrowFields {

  /** Metadata key: what the Avro schema says about the field. */
  static final String DOC = "doc";

  /** Metadata key: the full name of the Avro record or enum. */
  static final String NAME = "avro.name";

  /** The name of a list's only child. */
  static final String ITEM = "item";

  /** The records that are being laid out, outermost last: one that comes again contains itself. */
  private final Deque<String> open = new ArrayDeque<>();

  private ArrowFields() {}

  static Schema schema(org.apache.avro.Schema record) {
    List<Field> fields = new ArrowFields().fields(record, FieldPath.root(record.getFullName()));
    return new Schema(fields, metadata(record.getDoc(), record.getFullName()));
  }

  private List<Field> fields(org.apache.avro.Schema record, FieldPath path) {
    String name = record.getFullName();
    if (open.contains(name)) {
      throw path.failure(
          "the record "
              + name
              + " contains itself, which has no Arrow layout. Refer to it by key.");
    }
    open.push(name);
    List<Field> fields = new ArrayList<>();
    for (org.apache.avro.Schema.Field field : record.getFields()) {
      fields.add(field(field.name(), field.schema(), field.doc(), path.child(field.name())));
    }
    open.pop();
    return fields;
  }

  private Field field(
      String name, org.apache.avro.Schema avro, @Nullable String doc, FieldPath path) {
    ColumnType type = ColumnType.of(avro, path);
    List<Field> children =
        switch (type.kind()) {
          case ARRAY -> List.of(field(ITEM, type.schema().getElementType(), null, path.item()));
          case RECORD -> fields(type.schema(), path);
          default -> List.of();
        };
    String named =
        switch (type.kind()) {
          case ENUM, RECORD -> type.schema().getFullName();
          default -> null;
        };
    FieldType fieldType =
        new FieldType(type.nullable(), arrowType(type.kind()), null, metadata(doc, named));
    return new Field(name, fieldType, children);
  }

  private static ArrowType arrowType(ColumnType.Kind kind) {
    return switch (kind) {
      case STRING, ENUM -> ArrowType.Utf8.INSTANCE;
      case BYTES -> ArrowType.Binary.INSTANCE;
      case INT -> new ArrowType.Int(32, true);
      case LONG -> new ArrowType.Int(64, true);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");
      case ARRAY -> ArrowType.List.INSTANCE;
      case RECORD -> ArrowType.Struct.INSTANCE;
    };
  }

  private static Map<String, String> metadata(@Nullable String doc, @Nullable String name) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (name != null) {
      metadata.put(NAME, name);
    }
    if (doc != null) {
      metadata.put(DOC, doc);
    }
    return metadata;
  }
}
