package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
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

/** A column that the device writes into: vectors, none null, whose floats lie in one buffer. */
public final class EmbeddingColumn {

  private final EmbeddingColumns pool;
  private final FixedSizeListVector vector;
  private final int capacity;
  private final List<FixedSizeListVector> columns;
  private final Runnable giveBack = this::giveBack;

  EmbeddingColumn(
      EmbeddingColumns pool, MemoryScope scope, String name, int capacity, int dimensions) {
    this.pool = pool;
    this.capacity = capacity;
    BufferAllocator allocator = scope.allocator();
    FixedSizeListVector made =
        (FixedSizeListVector) field(name, dimensions).createVector(allocator);
    boolean done = false;
    try (ArrowBuf data = allocator.buffer((long) capacity * dimensions * Float.BYTES)) {
      // Without a validity buffer, loading makes one that says: all are there.
      made.getChildrenFromFields()
          .get(0)
          .loadFieldBuffers(
              new ArrowFieldNode((long) capacity * dimensions, 0), Arrays.asList(null, data));
      made.loadFieldBuffers(new ArrowFieldNode(capacity, 0), Collections.singletonList(null));
      done = true;
    } finally {
      if (!done) {
        made.close();
      }
    }
    this.vector = made;
    this.columns = List.of(made);
  }

  private static Field field(String name, int dimensions) {
    return new Field(
        name,
        FieldType.notNullable(new ArrowType.FixedSizeList(dimensions)),
        List.of(
            new Field(
                ListVector.DATA_VECTOR_NAME,
                FieldType.notNullable(ElementType.FLOAT32.arrowType()),
                null)));
  }

  EmbeddingColumn ofRows(int rows) {
    vector.setValueCount(rows);
    return this;
  }

  /** The batch with this column, which then belongs to it. The caller owns the new batch. */
  public ArrowBatch addTo(ArrowBatch batch, MemoryScope scope) {
    return batch.withColumns(scope, columns, giveBack);
  }

  /** The floats, row after row: the memory that the device writes into. */
  public ArrowBuf data() {
    return vector.getDataVector().getDataBuffer();
  }

  /** Rows that it takes. */
  int capacity() {
    return capacity;
  }

  /** Floats of each. */
  int dimensions() {
    return vector.getListSize();
  }

  long bytes() {
    return (long) capacity * vector.getListSize() * Float.BYTES;
  }

  /** Nobody reads it any more. Callable from any thread. */
  public void giveBack() {
    pool.giveBack(this);
  }

  void free() {
    vector.close();
  }
}
