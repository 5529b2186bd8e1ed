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

  /**
   * The same for a text, and where each of its tokens was read.
   *
   * @param places overwritten
   */
  int encode(TextUnits text, TokenBuffer into, TokenPlaces places);

  @Override
  void close();
}
