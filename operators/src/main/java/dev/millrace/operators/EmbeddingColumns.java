package dev.millrace.operators;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import java.util.List;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** The column of vectors. */
final class EmbeddingColumns {

  private EmbeddingColumns() {}

  /** The length of the vectors that a model makes. */
  static int dimension(Signature signature) {
    TensorSpec output = signature.outputs().get(0);
    return Math.toIntExact(output.shape().get(output.shape().size() - 1));
  }

  /**
   * A column of {@code rows} vectors whose floats are still to be written; all are there until they
   * are set to null. The caller owns it.
   */
  static FixedSizeListVector allocate(MemoryScope scope, int rows, int dimension) {
    FixedSizeListVector column =
        new FixedSizeListVector(
            TextColumns.EMBEDDING,
            scope.allocator(),
            FieldType.nullable(new ArrowType.FixedSizeList(dimension)),
            null);
    try {
      column.initializeChildrenFromFields(
          List.of(
              new Field(
                  "item", FieldType.notNullable(ElementType.FLOAT32.arrowType()), List.of())));
      column.setInitialCapacity(rows);
      column.allocateNew();
      column.setValueCount(rows);
      column.getValidityBuffer().setOne(0L, (rows + 7L) / 8);
      column.getDataVector().getValidityBuffer().setOne(0, ((long) rows * dimension + 7) / 8);
      return column;
    } catch (RuntimeException failure) {
      column.close();
      throw failure;
    }
  }
}
