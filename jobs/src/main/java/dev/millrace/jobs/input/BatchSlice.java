package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.util.TransferPair;

/** Some of the rows of a batch, as a batch of their own that shares its memory. */
public final class BatchSlice {

  private BatchSlice() {}

  /**
   * Makes one. The caller owns it, and still owns {@code batch}.
   *
   * @param scope holds the slice's share of the memory
   */
  public static ArrowBatch of(ArrowBatch batch, int from, int rows, MemoryScope scope) {
    List<FieldVector> columns = new ArrayList<>();
    try {
      for (FieldVector column : batch.root().getFieldVectors()) {
        columns.add(column(column, from, rows, scope));
      }
    } catch (RuntimeException failed) {
      columns.forEach(FieldVector::close);
      throw failed;
    }
    return sharing(batch, columns, rows, scope);
  }

  /**
   * Makes a batch of columns that share memory with another batch. The caller owns it, and still
   * owns {@code batch}.
   *
   * @param columns of {@code rows} values each; they belong to the new batch from here on
   */
  public static ArrowBatch sharing(
      ArrowBatch batch, List<FieldVector> columns, int rows, MemoryScope scope) {
    // Arrow counts shared memory as the first owner's, so that one must outlive the slice.
    ArrowBatch whole = batch.retain();
    return ArrowBatch.lease(
        scope,
        columns.toArray(FieldVector[]::new),
        rows,
        () -> {
          columns.forEach(FieldVector::close);
          whole.close();
        });
  }

  /**
   * Some of the values of a column. The caller owns it, and closes it before the batch that the
   * column is of.
   */
  public static FieldVector column(FieldVector column, int from, int rows, MemoryScope scope) {
    TransferPair pair = column.getTransferPair(column.getField(), scope.allocator());
    pair.splitAndTransfer(from, rows);
    return (FieldVector) pair.getTo();
  }
}
