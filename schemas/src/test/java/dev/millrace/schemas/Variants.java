package dev.millrace.schemas;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Older and newer versions of a record, each one careful step away from it. */
final class Variants {

  record Variant(String name, Schema schema) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String ADDITIONS =
      """
      {"type": "record", "name": "Additions", "namespace": "dev.millrace.added", "fields": [
        {"name": "new_text", "type": ["null", "string"], "default": null},
        {"name": "new_number", "type": "long", "default": 7},
        {"name": "new_list", "type": {"type": "array", "items": "string"}, "default": ["x", "y"]},
        {"name": "new_level", "default": "HIGH", "type":
          {"type": "enum", "name": "Level", "symbols": ["LOW", "HIGH"], "default": "LOW"}},
        {"name": "new_record", "default": {"inner": null}, "type":
          {"type": "record", "name": "Added", "fields": [
            {"name": "inner", "type": ["null", "string"], "default": null}]}}
      ]}
      """;

  private Variants() {}

  /** The record as it is, and every variant. */
  static List<Variant> of(Schema record) {
    List<Variant> variants = new ArrayList<>();
    variants.add(new Variant("as it is", record));
    for (Schema.Field field : record.getFields()) {
      if (field.hasDefaultValue()) {
        variants.add(
            edited(
                "without " + field.name(),
                record,
                fields -> fields.removeIf(f -> f.name().equals(field.name()))));
      }
      for (Variant changed : ofType(field.schema())) {
        // The default would no longer be one of the changed type's.
        Schema.Field replaced =
            new Schema.Field(field.name(), changed.schema(), field.doc(), (Object) null);
        if (!field.hasDefaultValue()) {
          variants.add(
              edited(
                  field.name() + " " + changed.name(),
                  record,
                  fields -> fields.set(field.pos(), replaced)));
        }
      }
    }
    variants.add(edited("in reverse", record, Collections::reverse));
    for (Schema.Field added : additions()) {
      variants.add(edited("with " + added.name() + " first", record, f -> f.add(0, copy(added))));
      variants.add(edited("with " + added.name() + " last", record, f -> f.add(copy(added))));
    }
    return variants;
  }

  /** Variants of the record or enum within a type. */
  private static List<Variant> ofType(Schema type) {
    return switch (type.getType()) {
      case RECORD -> of(type);
      case ARRAY -> within(type.getElementType(), Schema::createArray);
      case ENUM -> {
        List<String> more = new ArrayList<>(type.getEnumSymbols());
        more.add("NEWER");
        List<String> fewer = type.getEnumSymbols().subList(0, type.getEnumSymbols().size() - 1);
        yield List.of(
            new Variant("with a symbol more", enumOf(type, more)),
            new Variant("with a symbol fewer", enumOf(type, fewer)));
      }
      default -> List.of();
    };
  }

  private static List<Variant> within(Schema inner, UnaryOperator<Schema> outer) {
    return ofType(inner).stream()
        .map(variant -> new Variant(variant.name(), outer.apply(variant.schema())))
        .toList();
  }

  private static Schema enumOf(Schema type, List<String> symbols) {
    return Schema.createEnum(
        type.getName(), type.getDoc(), type.getNamespace(), symbols, type.getEnumDefault());
  }

  private static List<Schema.Field> additions() {
    return new Schema.Parser().parse(ADDITIONS).getFields();
  }

  static Variant edited(String name, Schema record, Consumer<List<Schema.Field>> edit) {
    List<Schema.Field> fields = new ArrayList<>();
    record.getFields().forEach(field -> fields.add(copy(field)));
    edit.accept(fields);
    Schema schema =
        Schema.createRecord(
            record.getName(), record.getDoc(), record.getNamespace(), false, fields);
    // The classes read strings as String; so do the variants, at every depth.
    GenericData.setStringType(schema, GenericData.StringType.String);
    return new Variant(name, schema);
  }

  private static Schema.Field copy(Schema.Field field) {
    return new Schema.Field(field, field.schema());
  }
}
