package dev.millrace.accelerator;

/** The names of the columns that a text, or a prompt, becomes on its way through a model. */
public final class TextColumns {

  /** What the tokens were made of, utf8: for accelerators that read texts. */
  public static final String TEXT = "text";

  /** The second of two texts that the model reads together, utf8. */
  public static final String TEXT_PAIR = "text_pair";

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

  /**
   * A score for each label, for each token, padding included: a fixed-size list of float32, as long
   * as the batch is wide in tokens times the labels, token after token. What stands for padding
   * means nothing.
   */
  public static final String TOKEN_SCORES = "token_scores";

  /** What a generator is asked, utf8. */
  public static final String PROMPT = "prompt";

  /** The most tokens that the answer to a prompt may have, int32; may be left out. */
  public static final String TOKEN_LIMIT = "token_limit";

  /** What a generator answers, utf8. */
  public static final String ANSWER = "answer";

  /** Why an answer ends, utf8, as the server says; null if it does not say. */
  public static final String FINISH_REASON = "finish_reason";

  /** Tokens that a prompt was for the server, int32; null if it does not say. */
  public static final String PROMPT_TOKENS = "prompt_tokens";

  /** Tokens of an answer, and of the thoughts before it, int32; null if the server does not say. */
  public static final String ANSWER_TOKENS = "answer_tokens";

  /** From the question to the first token of its answer, int64; null if it was not measured. */
  public static final String FIRST_TOKEN_NANOS = "first_token_nanos";

  private TextColumns() {}
}
