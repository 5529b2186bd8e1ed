package dev.millrace.accelerator;

/** What a model makes of a text or of a pair of texts. */
public enum ModelTask {
  /** A vector that is near to those of texts with a like meaning. */
  EMBEDDING(TextColumns.EMBEDDING),

  /** A score for each of the model's labels; one label only where pairs are re-ranked. */
  CLASSIFICATION(TextColumns.SCORES),

  /** A text that answers a prompt. */
  GENERATION(TextColumns.ANSWER);

  private final String column;

  ModelTask(String column) {
    this.column = column;
  }

  /**
   * The column that a session adds to a batch: a fixed-size list of float32, or utf8 for {@link
   * #GENERATION}, which adds some more about each answer.
   */
  public String column() {
    return column;
  }
}
