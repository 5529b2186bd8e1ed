package dev.millrace.jobs.backfill;

import dev.millrace.jobs.output.JsonValues;
import dev.millrace.operators.RowTemplate;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** A text made of columns of a batch; see {@link RowTemplate}. */
final class TextTemplate implements Serializable {

  private static final long serialVersionUID = 1L;

  private final RowTemplate template;

  private TextTemplate(RowTemplate template) {
    this.template = template;
  }

  /** The text of one column. */
  static TextTemplate ofColumn(String column) {
    return new TextTemplate(RowTemplate.ofColumn(column));
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if it is none; the message says why
   */
  static TextTemplate parse(String template) {
    return new TextTemplate(RowTemplate.parse(template));
  }

  /** The columns in it. */
  Set<String> columns() {
    return template.columns();
  }

  /** The one column that is the whole text, or null. */
  @Nullable String onlyColumn() {
    return template.onlyColumn();
  }

  /** The text of a row, or null. */
  @Nullable String of(VectorSchemaRoot root, int row) throws IOException {
    try {
      return template.of(name -> text(root.getVector(name), row));
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private static @Nullable String text(FieldVector column, int row) {
    try {
      return column.isNull(row) ? null : JsonValues.asText(column, row);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
