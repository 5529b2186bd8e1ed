package dev.millrace.operators;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Tokens, such as {@code [SEP]}, that are found in a text as they are written, before all else. */
final class AddedTokens {

  private record Token(String content, int id) {}

  /** The longest first: of those that begin at one place it wins. */
  private final List<Token> tokens = new ArrayList<>();

  private final boolean[] firstChars = new boolean[128];
  private boolean beyondAscii;

  /**
   * @throws UnsupportedTokenizerException if the token could not be found char by char
   */
  void add(String content, int id) throws UnsupportedTokenizerException {
    // A text with half a surrogate pair reaches the library as one full of replacement characters.
    boolean plain =
        content.chars().noneMatch(c -> c == 0 || c == 0xFFFD || Character.isSurrogate((char) c));
    if (content.isEmpty() || !plain || !content.equals(content.strip())) {
      throw new UnsupportedTokenizerException("its added token '" + content + "' is not plain");
    }
    if (tokens.stream().anyMatch(token -> token.content().equals(content))) {
      throw new UnsupportedTokenizerException("its added token '" + content + "' is there twice");
    }
    tokens.add(new Token(content, id));
    tokens.sort(Comparator.comparingInt((Token token) -> -token.content().length()));
    if (content.charAt(0) < firstChars.length) {
      firstChars[content.charAt(0)] = true;
    } else {
      beyondAscii = true;
    }
  }

  /** Whether one may begin with this char. */
  boolean mayBegin(char first) {
    return first < firstChars.length ? firstChars[first] : beyondAscii;
  }

  /** Which one begins at a place of a text, or -1. Its number is good for the methods below. */
  int at(char[] text, int length, int start) {
    for (int i = 0; i < tokens.size(); i++) {
      if (begins(tokens.get(i).content(), text, length, start)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean begins(String content, char[] text, int length, int start) {
    if (content.length() > length - start) {
      return false;
    }
    for (int i = 0; i < content.length(); i++) {
      if (content.charAt(i) != text[start + i]) {
        return false;
      }
    }
    return true;
  }

  int length(int number) {
    return tokens.get(number).content().length();
  }

  int id(int number) {
    return tokens.get(number).id();
  }
}
