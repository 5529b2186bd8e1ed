package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Gathers texts as tokens and lays them out as one batch: {@code input_ids} and {@code
 * attention_mask}, each {@code [rows, longest text]} int64 and padded at the end, and {@code
 * token_count}.
 */
final class TextBatchBuilder implements AutoCloseable {

  private static final int INITIAL_ROWS = 64;

  private final MemoryScope scope;
  private final Tokenizer tokenizer;
  private final TokenBuffer tokens;
  private final TextUnits units = new TextUnits();
  private int[] lengths = new int[INITIAL_ROWS];
  private int rows;
  private int longest;

  TextBatchBuilder(MemoryScope scope, Tokenizer tokenizer) {
    this.scope = scope;
    this.tokenizer = tokenizer;
    this.tokens = new TokenBuffer(scope.allocator());
  }

  /** Tokenises a text and adds it as the next row. */
  void add(String text) {
    units.read(text);
    int length = tokenizer.encode(units, tokens);
    if (rows == lengths.length) {
      lengths = Arrays.copyOf(lengths, rows * 2);
    }
    lengths[rows++] = length;
    longest = Math.max(longest, length);
  }

  int rows() {
    return rows;
  }

  /** Tokens of all rows, without padding. */
  int tokenCount() {
    return tokens.size();
  }

  /** Tokens of the longest row: what every row is padded to. */
  int width() {
    return longest;
  }

  /** Lays out what was added and starts afresh. The caller owns the batch. */
  ArrowBatch build() {
    List<FieldVector> columns = new ArrayList<>(3);
    try {
      FixedSizeListVector ids = tensor(columns, TextColumns.INPUT_IDS);
      FixedSizeListVector mask = tensor(columns, TextColumns.ATTENTION_MASK);
      IntVector counts =
          new IntVector(
              TextColumns.TOKEN_COUNT,
              FieldType.notNullable(new ArrowType.Int(32, true)),
              scope.allocator());
      columns.add(counts);
      counts.allocateNew(rows);
      fill(ids.getDataVector().getDataBuffer(), mask.getDataVector().getDataBuffer(), counts);
      counts.setValueCount(rows);
      return ArrowBatch.own(
          scope,
          new VectorSchemaRoot(
              columns.stream().map(FieldVector::getField).toList(), columns, rows));
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    } finally {
      clear();
    }
  }

  private void fill(ArrowBuf ids, ArrowBuf mask, IntVector counts) {
    long rowBytes = (long) longest * Long.BYTES;
    ids.setZero(0, rows * rowBytes);
    mask.setZero(0, rows * rowBytes);
    int start = 0;
    for (int row = 0; row < rows; row++) {
      tokens.copyTo(start, lengths[row], ids, row * rowBytes);
      for (int token = 0; token < lengths[row]; token++) {
        mask.setLong(row * rowBytes + (long) token * Long.BYTES, 1);
      }
      counts.set(row, lengths[row]);
      start += lengths[row];
    }
  }

  /** A column of {@code [rows, longest]} int64 whose values are still to be written. */
  private FixedSizeListVector tensor(List<FieldVector> columns, String name) {
    FixedSizeListVector vector =
        new FixedSizeListVector(
            name,
            scope.allocator(),
            FieldType.notNullable(new ArrowType.FixedSizeList(longest)),
            null);
    columns.add(vector);
    vector.initializeChildrenFromFields(
        List.of(
            new Field("item", FieldType.notNullable(ElementType.INT64.arrowType()), List.of())));
    vector.setInitialCapacity(rows);
    vector.allocateNew();
    for (int row = 0; row < rows; row++) {
      vector.setNotNull(row);
    }
    vector.setValueCount(rows);
    // Whoever reads the column as Arrow, and not as a tensor, must find its values there.
    vector.getDataVector().getValidityBuffer().setOne(0, ((long) rows * longest + 7) / 8);
    return vector;
  }

  private void clear() {
    tokens.clear();
    rows = 0;
    longest = 0;
  }

  @Override
  public void close() {
    tokens.close();
  }
}
