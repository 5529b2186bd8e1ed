package dev.millrace.jobs.input;

import java.io.IOException;
import java.util.Objects;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Sees to it that all files have the same columns. */
public final class SameSchema {
  private @Nullable Path first;
  private @Nullable Schema schema;

  /**
   * Takes another file's columns.
   *
   * @throws IOException if they differ from the first file's; the message says how
   */
  public void add(Path file, Schema other) throws IOException {
    if (schema == null) {
      first = file;
      schema = other;
    } else if (!schema.getFields().equals(other.getFields())) {
      throw new IOException(
          file.getPath()
              + " has other columns than "
              + Objects.requireNonNull(first).getPath()
              + ": "
              + difference(schema, other)
              + ". Give files of one kind to one run.");
    }
  }

  private static String difference(Schema schema, Schema other) {
    for (var field : schema.getFields()) {
      var there = other.getFields().stream().filter(f -> f.getName().equals(field.getName()));
      var found = there.findFirst().orElse(null);
      if (found == null) {
        return "it lacks '" + field.getName() + "'";
      }
      if (!found.equals(field)) {
        return "it has " + found + ", and the first has " + field;
      }
    }
    return other.getFields().size() > schema.getFields().size()
        ? "it has more columns, such as '"
            + other.getFields().get(other.getFields().size() - 1).getName()
            + "'"
        : "they are in another order";
  }

  /** The columns of all files; there must have been one. */
  public Schema schema() {
    return Objects.requireNonNull(schema);
  }
}
