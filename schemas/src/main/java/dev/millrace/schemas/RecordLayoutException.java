package dev.millrace.schemas;

/**
 * A record, a value or a column does not fit a layout. The message names the record, the field,
 * what was found and what is allowed.
 */
public final class RecordLayoutException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String record;
  private final String field;

  RecordLayoutException(String record, String field, String message) {
    super(message);
    this.record = record;
    this.field = field;
  }

  /** The full name of the record. */
  public String record() {
    return record;
  }

  /** The path of the field from the record, such as {@code items[].score}. */
  public String field() {
    return field;
  }

  /** The same, for a value that stands in a row of the batch. */
  RecordLayoutException inRow(int row) {
    RecordLayoutException located =
        new RecordLayoutException(record, field, "Row " + row + ": " + getMessage());
    located.initCause(this);
    return located;
  }
}
