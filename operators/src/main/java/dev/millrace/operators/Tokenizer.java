package dev.millrace.operators;

/** Turns texts into token ids. Owned and used by one subtask. */
interface Tokenizer extends AutoCloseable {

  /**
   * Appends the ids of a text, the special ones included, cut at the model's length.
   *
   * @return how many were appended
   */
  int encode(TextUnits text, TokenBuffer into);

  @Override
  void close();
}
