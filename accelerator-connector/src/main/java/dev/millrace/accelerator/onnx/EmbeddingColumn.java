package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Makes the column that the device writes into. */
final class EmbeddingColumn {

  private EmbeddingColumn() {}

  /**
   * A column of {@code rows} vectors, none null, whose floats lie in one buffer and are yet to be
   * written. The caller owns it.
   */
  static FixedSizeListVector allocate(MemoryScope scope, int rows, int dimensions) {
    BufferAllocator allocator = scope.allocator();
    FixedSizeListVector column = (FixedSizeListVector) field(dimensions).createVector(allocator);
    boolean done = false;
    try (ArrowBuf data = allocator.buffer((long) rows * dimensions * Float.BYTES)) {
      // Without a validity buffer, loading makes one that says: all are there.
      column
          .getChildrenFromFields()
          .get(0)
          .loadFieldBuffers(
              new ArrowFieldNode((long) rows * dimensions, 0), Arrays.asList(null, data));
      column.loadFieldBuffers(new ArrowFieldNode(rows, 0), Collections.singletonList(null));
      done = true;
      return column;
    } finally {
      if (!done) {
        column.close();
      }
    }
  }

  static ArrowBuf data(FixedSizeListVector column) {
    return column.getDataVector().getDataBuffer();
  }

  private static Field field(int dimensions) {
    return new Field(
        TextColumns.EMBEDDING,
        FieldType.notNullable(new ArrowType.FixedSizeList(dimensions)),
        List.of(
            new Field(
                ListVector.DATA_VECTOR_NAME,
                FieldType.notNullable(ElementType.FLOAT32.arrowType()),
                null)));
  }
}
