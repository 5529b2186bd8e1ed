package dev.millrace.accelerator;

import java.util.List;
import java.util.Locale;

/** What a model makes of a text or of a pair of texts. */
public enum ModelTask {
  /** A vector that is near to those of texts with a like meaning. */
  EMBEDDING(TextColumns.EMBEDDING),

  /** A score for each of the model's labels; one label only where pairs are re-ranked. */
  CLASSIFICATION(TextColumns.SCORES),

  /** A score for each of the model's labels, for each token: what spans are made of. */
  TOKEN_CLASSIFICATION(TextColumns.TOKEN_SCORES),

  /** A text that answers a prompt. */
  GENERATION(TextColumns.ANSWER),

  /** Tensors of tensors, by their names: a model that is used as it is. */
  RAW("");

  private final String column;

  ModelTask(String column) {
    this.column = column;
  }

  /**
   * The column that a session adds to a batch: a fixed-size list of float32, or utf8 for {@link
   * #GENERATION}, which adds some more about each answer. Empty for {@link #RAW}, whose columns are
   * the model's outputs.
   */
  public String column() {
    return column;
  }

  /**
   * The shape of that column as a tensor.
   *
   * @param numbers that a row has, or each token of a row
   */
  public List<Long> shape(long numbers) {
    return this == TOKEN_CLASSIFICATION
        ? List.of(TensorSpec.FREE, TensorSpec.FREE, numbers)
        : List.of(TensorSpec.FREE, numbers);
  }

  /** As users write it, such as {@code token-classification}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
