package dev.millrace.schemas;

import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.avro.generic.IndexedRecord;

/**
 * Reads records from the rows of one root, whose columns were found once.
 *
 * <p>It does not own the root and must not be used after the root is closed. Where the root's
 * vectors are filled again in place, as {@code ArrowStreamReader} does, it reads the new rows. The
 * records that it makes hold nothing of the root. It keeps no state of its own: several threads may
 * read while none writes.
 *
 * @param <T> the record
 */
public final class RecordReader<T extends IndexedRecord> {

  private final VectorSchemaRoot root;
  private final RecordColumns columns;
  private final Class<T> type;

  RecordReader(VectorSchemaRoot root, RecordColumns columns, Class<T> type) {
    this.root = root;
    this.columns = columns;
    this.type = type;
  }

  /** How many rows the root holds now. */
  public int rowCount() {
    return root.getRowCount();
  }

  /**
   * The record in a row, counted from 0.
   *
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws RecordLayoutException if a value of the row is null where the record has no null, or an
   *     enum's symbol is unknown and the enum has no default
   */
  public T read(int row) {
    Objects.checkIndex(row, root.getRowCount());
    try {
      return type.cast(columns.read(row));
    } catch (RecordLayoutException e) {
      throw e.inRow(row);
    }
  }

  /** The rows as a list that reads a record anew at each access. Copy it to keep the records. */
  public List<T> rows() {
    return new AbstractList<T>() {
      @Override
      public T get(int row) {
        return read(row);
      }

      @Override
      public int size() {
        return rowCount();
      }
    };
  }
}
