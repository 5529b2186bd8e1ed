package dev.millrace.operators;

/** Says why a {@code tokenizer.json} is left to Hugging Face's library. */
final class UnsupportedTokenizerException extends Exception {

  private static final long serialVersionUID = 1L;

  UnsupportedTokenizerException(String reason) {
    super(reason);
  }
}
