package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Makes batches of tokens. */
public final class TokenBatches {

  private TokenBatches() {}

  /** Rows padded to the longest. */
  public static ArrowBatch of(MemoryScope scope, List<long[]> rows) {
    return of(scope, rows, rows.stream().mapToInt(row -> row.length).max().orElse(1));
  }

  public static ArrowBatch of(MemoryScope scope, List<long[]> rows, int width) {
    BufferAllocator allocator = scope.allocator();
    IntVector counts =
        new IntVector(
            TextColumns.TOKEN_COUNT,
            FieldType.notNullable(new ArrowType.Int(Integer.SIZE, true)),
            allocator);
    counts.allocateNew(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      counts.set(row, rows.get(row).length);
    }
    counts.setValueCount(rows.size());
    List<long[]> masks = new ArrayList<>();
    for (long[] row : rows) {
      long[] mask = new long[row.length];
      Arrays.fill(mask, 1);
      masks.add(mask);
    }
    return batch(
        scope,
        rows.size(),
        List.of(
            lists(allocator, TextColumns.INPUT_IDS, rows, width),
            lists(allocator, TextColumns.ATTENTION_MASK, masks, width),
            counts));
  }

  /**
   * The same as tokens of pairs.
   *
   * @param secondFrom the first token of each row's second text
   */
  public static ArrowBatch ofPairs(MemoryScope scope, List<long[]> rows, int secondFrom) {
    try (ArrowBatch batch = of(scope, rows)) {
      FixedSizeListVector ids = (FixedSizeListVector) batch.requireColumn(TextColumns.INPUT_IDS);
      return batch.withColumns(
          scope,
          List.of(
              lists(
                  scope.allocator(),
                  TextColumns.TOKEN_TYPE_IDS,
                  rows.stream().map(row -> types(row.length, secondFrom)).toList(),
                  ids.getListSize())));
    }
  }

  private static long[] types(int tokens, int secondFrom) {
    long[] types = new long[tokens];
    Arrays.fill(types, Math.min(secondFrom, tokens), tokens, 1);
    return types;
  }

  static ArrowBatch batch(MemoryScope scope, int rows, List<FieldVector> vectors) {
    return ArrowBatch.own(
        scope,
        new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, rows));
  }

  static FixedSizeListVector lists(
      BufferAllocator allocator, String name, List<long[]> rows, int width) {
    Field field =
        new Field(
            name,
            FieldType.notNullable(new ArrowType.FixedSizeList(width)),
            List.of(
                new Field(
                    "item", FieldType.notNullable(new ArrowType.Int(Long.SIZE, true)), null)));
    FixedSizeListVector list = (FixedSizeListVector) field.createVector(allocator);
    list.allocateNew();
    BigIntVector values = (BigIntVector) list.getDataVector();
    values.allocateNew(Math.max(1, rows.size() * width));
    for (int row = 0; row < rows.size(); row++) {
      list.setNotNull(row);
      for (int token = 0; token < width; token++) {
        values.setSafe(
            row * width + token, token < rows.get(row).length ? rows.get(row)[token] : 0);
      }
    }
    list.setValueCount(rows.size());
    return list;
  }
}
