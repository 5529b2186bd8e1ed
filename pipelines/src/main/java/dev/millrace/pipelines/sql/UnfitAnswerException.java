package dev.millrace.pipelines.sql;

/** An answer is not what a model's columns need. The message says why, in whole sentences. */
final class UnfitAnswerException extends Exception {

  private static final long serialVersionUID = 1L;

  UnfitAnswerException(String message) {
    super(message);
  }
}
