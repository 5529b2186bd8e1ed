package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Makes batches of a few rows whose tokens are known beforehand, to try a session with. */
public final class TokenRows {

  private TokenRows() {}

  /** A batch of these rows, padded with zeros to the longest. The caller owns it. */
  public static ArrowBatch of(MemoryScope scope, long[]... rows) {
    int width = 1;
    for (long[] row : rows) {
      width = Math.max(width, row.length);
    }
    BufferAllocator allocator = scope.allocator();
    FixedSizeListVector ids = column(allocator, TextColumns.INPUT_IDS, rows.length, width);
    FixedSizeListVector mask = column(allocator, TextColumns.ATTENTION_MASK, rows.length, width);
    IntVector counts =
        new IntVector(
            TextColumns.TOKEN_COUNT,
            FieldType.notNullable(new ArrowType.Int(Integer.SIZE, true)),
            allocator);
    counts.allocateNew(rows.length);
    BigIntVector idValues = (BigIntVector) ids.getDataVector();
    BigIntVector maskValues = (BigIntVector) mask.getDataVector();
    for (int row = 0; row < rows.length; row++) {
      counts.set(row, rows[row].length);
      for (int token = 0; token < width; token++) {
        boolean there = token < rows[row].length;
        idValues.set(row * width + token, there ? rows[row][token] : 0);
        maskValues.set(row * width + token, there ? 1 : 0);
      }
    }
    ids.setValueCount(rows.length);
    mask.setValueCount(rows.length);
    counts.setValueCount(rows.length);
    List<FieldVector> columns = List.of(ids, mask, counts);
    return ArrowBatch.own(
        scope,
        new VectorSchemaRoot(
            columns.stream().map(FieldVector::getField).toList(), columns, rows.length));
  }

  private static FixedSizeListVector column(
      BufferAllocator allocator, String name, int rows, int width) {
    Field field =
        new Field(
            name,
            FieldType.notNullable(new ArrowType.FixedSizeList(width)),
            List.of(
                new Field(
                    ListVector.DATA_VECTOR_NAME,
                    FieldType.notNullable(ElementType.INT64.arrowType()),
                    null)));
    FixedSizeListVector column = (FixedSizeListVector) field.createVector(allocator);
    column.setInitialCapacity(rows);
    column.allocateNew();
    ((BigIntVector) column.getDataVector()).allocateNew(Math.max(1, rows * width));
    for (int row = 0; row < rows; row++) {
      column.setNotNull(row);
    }
    return column;
  }
}
