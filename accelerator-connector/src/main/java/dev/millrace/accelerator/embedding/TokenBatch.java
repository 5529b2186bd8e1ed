package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.TextColumns;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * A batch's token columns, checked, as the memory that they lie in. Reads nothing but what the
 * batch's owner keeps alive.
 *
 * @param width tokens of a row, padding included
 * @param tokenTypes null if the batch has no such column
 */
public record TokenBatch(
    int rows,
    int width,
    ArrowBuf ids,
    ArrowBuf mask,
    @Nullable ArrowBuf tokenTypes,
    IntVector tokenCounts) {

  /**
   * Checks a batch and finds its memory.
   *
   * @throws AcceleratorException of category INPUT if it is not what the model takes
   */
  public static TokenBatch of(ArrowBatch batch) {
    int rows = batch.rowCount();
    FixedSizeListVector ids = tokens(batch, TextColumns.INPUT_IDS);
    int width = ids.getListSize();
    FixedSizeListVector mask = tokens(batch, TextColumns.ATTENTION_MASK);
    requireWidth(TextColumns.ATTENTION_MASK, mask, width);
    FixedSizeListVector types = null;
    if (batch.column(TextColumns.TOKEN_TYPE_IDS) != null) {
      types = tokens(batch, TextColumns.TOKEN_TYPE_IDS);
      requireWidth(TextColumns.TOKEN_TYPE_IDS, types, width);
    }
    FieldVector counts = column(batch, TextColumns.TOKEN_COUNT);
    if (!(counts instanceof IntVector tokenCounts)) {
      throw wrongType(counts, "int32");
    }
    requireNoNulls(counts);
    if (rows > 0 && width == 0) {
      throw input("The batch of " + rows + " rows has a width of 0 tokens. It must be at least 1.");
    }
    if ((long) rows * width > Integer.MAX_VALUE / Long.BYTES) {
      throw input(
          "The batch of "
              + rows
              + " rows × "
              + width
              + " tokens has more than the 2 GiB that a tensor may have. Give a smaller one.");
    }
    for (int row = 0; row < rows; row++) {
      int count = tokenCounts.get(row);
      if (count < 1 || count > width) {
        throw input(
            "Row "
                + row
                + " of the batch has token_count "
                + count
                + ". It must be 1 to the batch's width, which is "
                + width
                + ".");
      }
    }
    return new TokenBatch(
        rows, width, memory(ids), memory(mask), types == null ? null : memory(types), tokenCounts);
  }

  /** Tokens of a row, padding left out. */
  public int tokens(int row) {
    return tokenCounts.get(row);
  }

  /** Bytes of each of its tensors. */
  public long bytes() {
    return (long) rows * width * Long.BYTES;
  }

  private static ArrowBuf memory(FixedSizeListVector column) {
    return column.getDataVector().getDataBuffer();
  }

  private static FixedSizeListVector tokens(ArrowBatch batch, String name) {
    FieldVector vector = column(batch, name);
    if (!(vector instanceof FixedSizeListVector list)
        || !list.getDataVector().getField().getType().equals(ElementType.INT64.arrowType())) {
      throw wrongType(vector, "fixed-size list of int64");
    }
    requireNoNulls(list);
    return list;
  }

  private static FieldVector column(ArrowBatch batch, String name) {
    try {
      return batch.requireColumn(name);
    } catch (IllegalArgumentException missing) {
      throw new AcceleratorException(Category.INPUT, String.valueOf(missing.getMessage()), missing);
    }
  }

  private static void requireWidth(String name, FixedSizeListVector vector, int width) {
    if (vector.getListSize() != width) {
      throw input(
          "The column '"
              + name
              + "' has "
              + vector.getListSize()
              + " tokens a row, and '"
              + TextColumns.INPUT_IDS
              + "' has "
              + width
              + ". They must be equal.");
    }
  }

  private static void requireNoNulls(FieldVector vector) {
    if (vector.getField().isNullable() && vector.getNullCount() > 0) {
      throw input(
          "The column '"
              + vector.getName()
              + "' has "
              + vector.getNullCount()
              + " nulls. It must have none.");
    }
  }

  private static AcceleratorException wrongType(FieldVector vector, String needed) {
    Field field = vector.getField();
    return input("The column is " + field + ". It must be a " + needed + ".");
  }

  private static AcceleratorException input(String message) {
    return new AcceleratorException(Category.INPUT, message);
  }
}
