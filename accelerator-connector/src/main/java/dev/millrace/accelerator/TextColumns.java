package dev.millrace.accelerator;

/** The names of the columns that a text becomes on its way through a model. */
public final class TextColumns {

  /** Token ids, fixed-size list of int64. */
  public static final String INPUT_IDS = "input_ids";

  /** 1 for a token, 0 for padding, fixed-size list of int64. */
  public static final String ATTENTION_MASK = "attention_mask";

  /** Which of two texts a token is of, fixed-size list of int64. */
  public static final String TOKEN_TYPE_IDS = "token_type_ids";

  /** Tokens of the row, special ones included and padding not, int32. */
  public static final String TOKEN_COUNT = "token_count";

  /** The row's vector, fixed-size list of float32. */
  public static final String EMBEDDING = "embedding";

  /** A classifier's score for each of its labels, fixed-size list of float32. */
  public static final String SCORES = "scores";

  private TextColumns() {}
}
