package dev.millrace.operators;

/** Turns texts into token ids. Owned and used by one subtask. */
interface Tokenizer extends AutoCloseable {

  /**
   * Appends the ids of a text, or of a pair, the special ones included, cut at the model's length.
   * Of a pair the longer text is cut first; where the model tells two texts apart, {@link
   * TokenBuffer#secondFrom} says where those of the second begin.
   *
   * @return how many were appended
   */
  int encode(TextUnits text, TokenBuffer into);

  @Override
  void close();
}
