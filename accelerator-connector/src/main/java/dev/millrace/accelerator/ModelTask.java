package dev.millrace.accelerator;

/** What a model makes of a text or of a pair of texts: for each row some float32 numbers. */
public enum ModelTask {
  /** A vector that is near to those of texts with a like meaning. */
  EMBEDDING(TextColumns.EMBEDDING),

  /** A score for each of the model's labels; one label only where pairs are re-ranked. */
  CLASSIFICATION(TextColumns.SCORES);

  private final String column;

  ModelTask(String column) {
    this.column = column;
  }

  /** The column that a session adds to a batch, a fixed-size list of float32. */
  public String column() {
    return column;
  }
}
