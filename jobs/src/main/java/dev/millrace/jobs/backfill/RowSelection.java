package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.jobs.condition.ArrowRow;
import dev.millrace.jobs.condition.Condition;
import dev.millrace.jobs.input.BatchSlice;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * What is taken of the input: the rows for which the condition holds, the columns that are written
 * or embedded, and the text.
 *
 * @param columns the columns that are written, in their order
 * @param condition which rows, or null for all
 * @param template the text
 */
record RowSelection(ArrayList<String> columns, @Nullable Condition condition, TextTemplate template)
    implements Serializable {

  /** The column of a text that is no column of the input. */
  static final String TEXT = "millrace.text";

  /**
   * The column that is embedded.
   *
   * @param isText whether the template's only column holds texts, as they are
   */
  String textColumn(boolean isText) {
    String only = template.onlyColumn();
    return only != null && isText ? only : TEXT;
  }

  /**
   * Takes what is wanted of some rows of a batch, which stays the caller's. The caller owns the
   * answer, whose first column is that of the mark.
   *
   * @param firstRow the place in the file of the first of the rows
   * @return the rows, or null if none is taken
   */
  @Nullable ArrowBatch of(
      ArrowBatch batch, int from, int rows, long firstRow, PartMark mark, MemoryScope scope)
      throws IOException {
    VectorSchemaRoot root = batch.root();
    int[] taken = new int[rows];
    int count = 0;
    for (int row = from; row < from + rows; row++) {
      if (condition == null || Boolean.TRUE.equals(condition.test(new ArrowRow(root, row)))) {
        taken[count++] = row;
      }
    }
    if (count == 0) {
      return null;
    }
    List<FieldVector> made = new ArrayList<>();
    try {
      long[] places = new long[count];
      for (int i = 0; i < count; i++) {
        places[i] = firstRow + taken[i] - from;
      }
      made.add(mark.column(scope, places));
      for (String name : columns) {
        made.add(column(root.getVector(name), from, rows, taken, count, scope));
      }
      addText(root, from, rows, taken, count, scope, made);
      return BatchSlice.sharing(batch, made, count, scope);
    } catch (IOException | RuntimeException failed) {
      made.forEach(FieldVector::close);
      throw failed;
    }
  }

  private void addText(
      VectorSchemaRoot root,
      int from,
      int rows,
      int[] taken,
      int count,
      MemoryScope scope,
      List<FieldVector> made)
      throws IOException {
    String only = template.onlyColumn();
    if (only != null && root.getVector(only) instanceof VarCharVector texts) {
      if (!columns.contains(only)) {
        made.add(column(texts, from, rows, taken, count, scope));
      }
      return;
    }
    VarCharVector texts = new VarCharVector(TEXT, scope.allocator());
    made.add(texts);
    texts.allocateNew(count);
    for (int i = 0; i < count; i++) {
      String text = template.of(root, taken[i]);
      if (text != null) {
        texts.setSafe(i, text.getBytes(StandardCharsets.UTF_8));
      }
    }
    texts.setValueCount(count);
  }

  /** Shared where all rows are taken, else copied. */
  private static FieldVector column(
      FieldVector column, int from, int rows, int[] taken, int count, MemoryScope scope) {
    if (count == rows) {
      return BatchSlice.column(column, from, rows, scope);
    }
    FieldVector copy = column.getField().createVector(scope.allocator());
    try {
      copy.setInitialCapacity(count);
      copy.allocateNew();
      for (int i = 0; i < count; i++) {
        copy.copyFromSafe(taken[i], i, column);
      }
      copy.setValueCount(count);
      return copy;
    } catch (RuntimeException failed) {
      copy.close();
      throw failed;
    }
  }
}
