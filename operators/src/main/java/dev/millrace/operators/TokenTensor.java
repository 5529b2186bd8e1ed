package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * A batch's tokens as the model reads them: {@code input_ids} and {@code attention_mask}, each
 * {@code [rows, width]} int64 and padded at the end, and {@code token_count}; for pairs of texts
 * {@code token_type_ids}, too. Rows are written as they come; closing the batch moves nothing.
 */
final class TokenTensor {

  private final TokenTensors pool;
  private final MemoryScope scope;
  private final int width;
  private final int capacity;
  private final FieldVector[] columns;
  private final Runnable giveBack = this::giveBack;
  private final long ids;
  private final long mask;

  /** 0 if there are no types. */
  private final long types;

  private final long counts;
  private int rows;
  private int tokens;

  TokenTensor(TokenTensors pool, MemoryScope scope, int width, int capacity, boolean ofPairs) {
    this.pool = pool;
    this.scope = scope;
    this.width = width;
    this.capacity = capacity;
    List<FieldVector> made = new ArrayList<>(4);
    try {
      this.ids = tensor(made, TextColumns.INPUT_IDS);
      this.mask = tensor(made, TextColumns.ATTENTION_MASK);
      this.types = ofPairs ? tensor(made, TextColumns.TOKEN_TYPE_IDS) : 0;
      this.counts = counts(made);
    } catch (RuntimeException failure) {
      made.forEach(FieldVector::close);
      throw failure;
    }
    this.columns = made.toArray(FieldVector[]::new);
  }

  private long tensor(List<FieldVector> made, String name) {
    FixedSizeListVector vector =
        new FixedSizeListVector(
            name,
            scope.allocator(),
            FieldType.notNullable(new ArrowType.FixedSizeList(width)),
            null);
    made.add(vector);
    vector.initializeChildrenFromFields(
        List.of(
            new Field("item", FieldType.notNullable(ElementType.INT64.arrowType()), List.of())));
    vector.setInitialCapacity(capacity);
    vector.allocateNew();
    vector.setValueCount(capacity);
    // Whoever reads the column as Arrow, and not as a tensor, must find its values there.
    vector.getValidityBuffer().setOne(0L, (capacity + 7L) / 8);
    vector.getDataVector().getValidityBuffer().setOne(0, ((long) capacity * width + 7) / 8);
    return vector.getDataVector().getDataBufferAddress();
  }

  private long counts(List<FieldVector> made) {
    IntVector vector =
        new IntVector(
            TextColumns.TOKEN_COUNT,
            FieldType.notNullable(ElementType.INT32.arrowType()),
            scope.allocator());
    made.add(vector);
    vector.allocateNew(capacity);
    vector.setValueCount(capacity);
    vector.getValidityBuffer().setOne(0L, (capacity + 7L) / 8);
    return vector.getDataBufferAddress();
  }

  /** Writes a row: the first {@code count} ids of {@code from}, at most {@link #width()}. */
  void add(TokenBuffer from, int count) {
    if (rows == capacity || count > width) {
      throw new IllegalStateException(
          "A row of " + count + " tokens does not fit row " + rows + " of " + this + ".");
    }
    long rowAt = (long) rows * width * Long.BYTES;
    from.copyTo(0, count, ids + rowAt);
    for (int token = 0; token < count; token++) {
      MemoryUtil.putLong(mask + rowAt + (long) token * Long.BYTES, 1);
    }
    for (int padding = count; padding < width; padding++) {
      MemoryUtil.putLong(ids + rowAt + (long) padding * Long.BYTES, 0);
      MemoryUtil.putLong(mask + rowAt + (long) padding * Long.BYTES, 0);
    }
    if (types != 0) {
      for (int token = 0; token < width; token++) {
        long type = token >= from.secondFrom() && token < count ? 1 : 0;
        MemoryUtil.putLong(types + rowAt + (long) token * Long.BYTES, type);
      }
    }
    MemoryUtil.putInt(counts + (long) rows * Integer.BYTES, count);
    rows++;
    tokens += count;
  }

  /** Copies the rows of a tensor that is no wider. */
  void addAll(TokenTensor from) {
    if (rows + from.rows > capacity || from.width > width) {
      throw new IllegalStateException("The rows of " + from + " do not fit " + this + ".");
    }
    long bytesOfRow = (long) from.width * Long.BYTES;
    for (int row = 0; row < from.rows; row++) {
      long to = (long) rows * width * Long.BYTES;
      copy(from.ids + row * bytesOfRow, ids + to, from.width);
      copy(from.mask + row * bytesOfRow, mask + to, from.width);
      if (types != 0) {
        copy(from.types + row * bytesOfRow, types + to, from.width);
      }
      MemoryUtil.putInt(
          counts + (long) rows * Integer.BYTES,
          MemoryUtil.getInt(from.counts + (long) row * Integer.BYTES));
      rows++;
    }
    tokens += from.tokens;
  }

  /** Copies a row and pads it. */
  private void copy(long from, long to, int count) {
    MemoryUtil.copyMemory(from, to, (long) count * Long.BYTES);
    for (int padding = count; padding < width; padding++) {
      MemoryUtil.putLong(to + (long) padding * Long.BYTES, 0);
    }
  }

  /** The rows as a batch, which the caller owns. Afterwards the tensor belongs to it. */
  ArrowBatch toBatch() {
    for (FieldVector column : columns) {
      column.setValueCount(rows);
    }
    return ArrowBatch.lease(scope, columns, rows, giveBack);
  }

  /** Gives it back without a batch having been made. */
  void giveBack() {
    pool.giveBack(this);
  }

  void clear() {
    rows = 0;
    tokens = 0;
  }

  /** Frees the memory. */
  void free() {
    for (FieldVector column : columns) {
      column.close();
    }
  }

  /** Tokens of a row, padding included. */
  int width() {
    return width;
  }

  /** Rows that it takes. */
  int capacity() {
    return capacity;
  }

  /** Rows that it holds. */
  int rows() {
    return rows;
  }

  /** Tokens of its rows, without padding. */
  int tokens() {
    return tokens;
  }

  long bytes() {
    long tensors = types == 0 ? 2 : 3;
    return capacity * (tensors * width * Long.BYTES + Integer.BYTES);
  }

  @Override
  public String toString() {
    return "TokenTensor[" + rows + " of " + capacity + " rows, " + width + " tokens]";
  }
}
