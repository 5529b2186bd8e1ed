package dev.millrace.schemas;

/** Where in a record a field is, for messages. */
record FieldPath(String record, String field) {

  static FieldPath root(String record) {
    return new FieldPath(record, "");
  }

  FieldPath child(String name) {
    return new FieldPath(record, field.isEmpty() ? name : field + "." + name);
  }

  FieldPath item() {
    return new FieldPath(record, field + "[]");
  }

  RecordLayoutException failure(String what) {
    String where = "Record " + record + (field.isEmpty() ? "" : ", field " + field);
    return new RecordLayoutException(record, field, where + ": " + what);
  }
}
