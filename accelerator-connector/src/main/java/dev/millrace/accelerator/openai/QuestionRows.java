package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.TokenBatch;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a batch, checked, as questions have them. Reads nothing but what the batch's owner
 * keeps alive.
 *
 * @param texts null if the batch has none
 * @param seconds the other text of each pair; null if rows are no pairs
 */
record QuestionRows(
    TokenBatch tokens, @Nullable VarCharVector texts, @Nullable VarCharVector seconds) {

  /**
   * Checks a batch and finds its memory.
   *
   * @throws AcceleratorException of category INPUT if it is not what the model takes
   */
  static QuestionRows of(ArrowBatch batch) {
    return new QuestionRows(
        TokenBatch.of(batch), texts(batch, TextColumns.TEXT), texts(batch, TextColumns.TEXT_PAIR));
  }

  private static @Nullable VarCharVector texts(ArrowBatch batch, String name) {
    FieldVector column = batch.column(name);
    if (column == null) {
      return null;
    }
    if (!(column instanceof VarCharVector texts) || texts.getNullCount() > 0) {
      throw new AcceleratorException(
          Category.INPUT,
          "The column is "
              + column.getField()
              + " with "
              + column.getNullCount()
              + " nulls. It must be utf8 and have none.");
    }
    return texts;
  }

  int rows() {
    return tokens.rows();
  }

  /**
   * The texts.
   *
   * @throws AcceleratorException of category INPUT if there are none
   */
  VarCharVector requireTexts() {
    return require(texts, TextColumns.TEXT);
  }

  /** The other text of each pair, likewise. */
  VarCharVector requireSeconds() {
    return require(seconds, TextColumns.TEXT_PAIR);
  }

  private static VarCharVector require(@Nullable VarCharVector column, String name) {
    if (column == null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has no column '"
              + name
              + "', utf8, and the server reads texts. Give batches their texts (TextRows).");
    }
    return column;
  }
}
