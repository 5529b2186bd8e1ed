package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import reactor.core.publisher.MonoSink;

/** A batch in a steered accelerator's hands. */
final class SteeredCall {

  private final ArrowBatch batch;
  private final MonoSink<ArrowBatch> sink;
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile boolean cancelled;

  SteeredCall(ArrowBatch batch, MonoSink<ArrowBatch> sink) {
    this.batch = batch;
    this.sink = sink;
    sink.onCancel(() -> cancelled = true);
  }

  boolean isAnswered() {
    return answered.get();
  }

  int rows() {
    return batch.rowCount();
  }

  /** Tokens of a row. */
  int tokens(int row) {
    return ((IntVector) batch.requireColumn(TextColumns.TOKEN_COUNT)).get(row);
  }

  /** Tokens of a row, padding included. */
  int width() {
    return ((FixedSizeListVector) batch.requireColumn(TextColumns.INPUT_IDS)).getListSize();
  }

  /** Where its ids lie. */
  long idsAddress() {
    return ((FixedSizeListVector) batch.requireColumn(TextColumns.INPUT_IDS))
        .getDataVector()
        .getDataBuffer()
        .memoryAddress();
  }

  /** The vector of a row, as the model would make it. */
  float[] vector(int row) {
    return Steering.vectorOf(ids(row));
  }

  /** Answers as the model would. */
  void answer() {
    answer(rows(), Steering.DIMENSION);
  }

  /** Answers, perhaps with another number of rows, or vectors of another length, than it should. */
  void answer(int answeredRows, int dimension) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    ArrowBatch result;
    try (MemoryScope scope = MemoryScope.open("steered answer")) {
      FixedSizeListVector column =
          new FixedSizeListVector(
              TextColumns.EMBEDDING,
              scope.allocator(),
              FieldType.notNullable(new ArrowType.FixedSizeList(dimension)),
              null);
      column.initializeChildrenFromFields(
          List.of(
              new Field(
                  "item",
                  FieldType.notNullable(new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                  List.of())));
      column.setInitialCapacity(answeredRows);
      column.allocateNew();
      column.setValueCount(answeredRows);
      ArrowBuf values = column.getDataVector().getDataBuffer();
      for (int row = 0; row < Math.min(rows(), answeredRows); row++) {
        float[] vector = Arrays.copyOf(Steering.vectorOf(ids(row)), dimension);
        for (int i = 0; i < vector.length; i++) {
          values.setFloat(((long) row * vector.length + i) * Float.BYTES, vector[i]);
        }
      }
      result =
          answeredRows == rows()
              ? batch.withColumns(scope, List.of(column))
              : ArrowBatch.own(
                  scope,
                  new VectorSchemaRoot(List.of(column.getField()), List.of(column), answeredRows));
    }
    batch.close();
    if (cancelled) {
      result.close();
    } else {
      sink.success(result);
    }
  }

  /** Answers with an error. */
  void fail(Throwable failure) {
    if (answered.compareAndSet(false, true)) {
      batch.close();
      sink.error(failure);
    }
  }

  private long[] ids(int row) {
    FixedSizeListVector column = (FixedSizeListVector) batch.requireColumn(TextColumns.INPUT_IDS);
    ArrowBuf values = column.getDataVector().getDataBuffer();
    long[] ids = new long[tokens(row)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = values.getLong(((long) row * column.getListSize() + i) * Long.BYTES);
    }
    return ids;
  }
}
