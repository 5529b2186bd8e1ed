package dev.millrace.accelerator.generation;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;

/**
 * A batch's prompts, checked. Reads nothing but what the batch's owner keeps alive.
 *
 * @param prompts without a null
 * @param limits the most tokens of each answer; null if the batch has no such column
 */
public record PromptBatch(VarCharVector prompts, @Nullable IntVector limits) {

  /**
   * Checks a batch and finds its prompts.
   *
   * @throws AcceleratorException of category INPUT if it is not what a generator takes
   */
  public static PromptBatch of(ArrowBatch batch) {
    if (batch.column(TextColumns.ANSWER) != null) {
      throw input(
          "The batch has a column '"
              + TextColumns.ANSWER
              + "' already. Leave it out before the model runs.");
    }
    FieldVector column;
    try {
      column = batch.requireColumn(TextColumns.PROMPT);
    } catch (IllegalArgumentException missing) {
      throw input(String.valueOf(missing.getMessage()));
    }
    if (!(column instanceof VarCharVector prompts) || prompts.getNullCount() > 0) {
      throw input(
          "The column is "
              + column.getField()
              + " and has "
              + column.getNullCount()
              + " nulls. It must be utf8 without any.");
    }
    FieldVector limits = batch.column(TextColumns.TOKEN_LIMIT);
    if (limits != null && !(limits instanceof IntVector)) {
      throw input("The column is " + limits.getField() + ". It must be int32.");
    }
    return new PromptBatch(prompts, (IntVector) limits);
  }

  /** How many there are. */
  public int rows() {
    return prompts.getValueCount();
  }

  /** A prompt, on the heap. */
  public String prompt(int row) {
    return new String(prompts.get(row), StandardCharsets.UTF_8);
  }

  /** The most tokens of its answer; null if the batch does not say. */
  public @Nullable Integer limit(int row) {
    return limits == null || limits.isNull(row) ? null : limits.get(row);
  }

  private static AcceleratorException input(String message) {
    return new AcceleratorException(Category.INPUT, message);
  }
}
