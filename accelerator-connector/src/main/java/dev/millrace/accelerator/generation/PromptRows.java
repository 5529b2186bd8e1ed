package dev.millrace.accelerator.generation;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Makes batches of prompts. */
public final class PromptRows {

  private PromptRows() {}

  /** A batch of prompts. The caller owns it. */
  public static ArrowBatch of(MemoryScope scope, String... prompts) {
    VarCharVector column = column(scope, prompts);
    return ArrowBatch.lease(scope, new FieldVector[] {column}, prompts.length, column::close);
  }

  /** A batch of one prompt, whose answer may have so many tokens. The caller owns it. */
  public static ArrowBatch limited(MemoryScope scope, String prompt, int tokens) {
    VarCharVector prompts = column(scope, prompt);
    IntVector limits =
        new IntVector(
            TextColumns.TOKEN_LIMIT,
            FieldType.notNullable(new ArrowType.Int(Integer.SIZE, true)),
            scope.allocator());
    List<FieldVector> columns = List.of(prompts, limits);
    try {
      limits.allocateNew(1);
      limits.set(0, tokens);
      limits.setValueCount(1);
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    }
    return ArrowBatch.lease(
        scope, columns.toArray(FieldVector[]::new), 1, () -> columns.forEach(FieldVector::close));
  }

  private static VarCharVector column(MemoryScope scope, String... prompts) {
    VarCharVector column =
        new VarCharVector(
            TextColumns.PROMPT, FieldType.notNullable(ArrowType.Utf8.INSTANCE), scope.allocator());
    try {
      byte[][] utf8 = new byte[prompts.length][];
      long bytes = 0;
      for (int row = 0; row < prompts.length; row++) {
        utf8[row] = prompts[row].getBytes(StandardCharsets.UTF_8);
        bytes += utf8[row].length;
      }
      column.allocateNew(bytes, prompts.length);
      for (int row = 0; row < prompts.length; row++) {
        column.set(row, utf8[row]);
      }
      column.setValueCount(prompts.length);
      return column;
    } catch (RuntimeException failure) {
      column.close();
      throw failure;
    }
  }
}
