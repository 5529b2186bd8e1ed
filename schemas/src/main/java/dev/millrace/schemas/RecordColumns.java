package dev.millrace.schemas;

import java.util.function.Function;
import org.apache.arrow.vector.FieldVector;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** The columns of one record, found once: by name, then by alias, else the field's default. */
final class RecordColumns {

  private final Schema schema;
  private final GenericData data;
  private final ColumnReader[] fields;

  private RecordColumns(Schema schema, GenericData data, ColumnReader[] fields) {
    this.schema = schema;
    this.data = data;
    this.fields = fields;
  }

  static RecordColumns bind(
      Schema schema,
      Function<String, @Nullable FieldVector> columns,
      FieldPath path,
      GenericData data) {
    ColumnReader[] fields = new ColumnReader[schema.getFields().size()];
    for (Schema.Field field : schema.getFields()) {
      FieldPath at = path.child(field.name());
      FieldVector column = find(field, columns);
      fields[field.pos()] =
          column == null
              ? constant(field, at, data)
              : ColumnReader.bind(field.schema(), column, at, data);
    }
    return new RecordColumns(schema, data, fields);
  }

  private static @Nullable FieldVector find(
      Schema.Field field, Function<String, @Nullable FieldVector> columns) {
    FieldVector column = columns.apply(field.name());
    if (column != null) {
      return column;
    }
    for (String alias : field.aliases()) {
      column = columns.apply(alias);
      if (column != null) {
        return column;
      }
    }
    return null;
  }

  private static ColumnReader constant(Schema.Field field, FieldPath path, GenericData data) {
    if (!field.hasDefaultValue()) {
      throw path.failure(
          "there is no such column, and the field (Avro type "
              + ColumnType.describe(field.schema())
              + ") has no default. Give the field a default, or write the column.");
    }
    Object value = data.getDefaultValue(field);
    // Arrays, bytes and records can be changed by who gets them: each row has its own.
    return row -> value == null ? null : data.deepCopy(field.schema(), value);
  }

  IndexedRecord read(int row) {
    IndexedRecord record = (IndexedRecord) data.newRecord(null, schema);
    for (int i = 0; i < fields.length; i++) {
      record.put(i, fields[i].read(row));
    }
    return record;
  }
}
