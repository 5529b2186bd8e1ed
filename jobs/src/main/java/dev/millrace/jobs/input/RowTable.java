package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Makes batches of a file that has its rows one after another. */
public abstract class RowTable implements TableReader {

  private static final int ROWS_AT_ONCE = 1_024;

  private final Schema columns;
  private final MemoryScope scope;
  private @Nullable DeadLetter waiting;
  private boolean over;

  /**
   * @param name what errors about memory call it
   */
  protected RowTable(String name, Schema columns) {
    this.columns = columns;
    this.scope = MemoryScope.open(name);
  }

  /** What became of one row. */
  public enum Step {
    /** It is in the vectors. */
    ROW,
    /** It cannot be read; {@link #letter} says why. */
    UNREADABLE,
    /** There is none any more. */
    END
  }

  /**
   * Reads the next row into the vectors of a batch.
   *
   * @param into the place that it gets
   */
  protected abstract Step read(VectorSchemaRoot root, int into) throws IOException;

  /** Why the row that was just read is unreadable. */
  protected abstract DeadLetter letter();

  /** Goes over one row; answers whether there was one. */
  protected abstract boolean skip() throws IOException;

  /** Goes over rows that were read before. */
  protected final void skip(String file, long rows) throws IOException {
    for (long done = 0; done < rows; done++) {
      if (!skip()) {
        throw new IOException(
            "The file "
                + file
                + " now has "
                + done
                + " rows; "
                + rows
                + " of it were there before. Files must not change while a job reads them.");
      }
    }
  }

  @Override
  public final @Nullable Piece next() throws IOException {
    if (waiting != null) {
      Unreadable piece = new Unreadable(waiting);
      waiting = null;
      return piece;
    }
    if (over) {
      return null;
    }
    VectorSchemaRoot root = VectorSchemaRoot.create(columns, scope.allocator());
    try {
      for (FieldVector vector : root.getFieldVectors()) {
        vector.setInitialCapacity(ROWS_AT_ONCE);
        vector.allocateNew();
      }
      int rows = 0;
      while (rows < ROWS_AT_ONCE) {
        Step step = read(root, rows);
        if (step != Step.ROW) {
          over = step == Step.END;
          waiting = over ? null : letter();
          break;
        }
        rows++;
      }
      root.setRowCount(rows);
      if (rows == 0) {
        root.close();
        return next();
      }
      return new Rows(ArrowBatch.own(scope, root));
    } catch (IOException | RuntimeException failed) {
      root.close();
      throw failed;
    }
  }

  @Override
  public void close() throws IOException {
    scope.close();
  }
}
