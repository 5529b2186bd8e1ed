package dev.millrace.operators;

import java.util.Arrays;
import java.util.List;

/**
 * WordPiece as the BERT family uses it. It reads a text once, code point by code point, and writes
 * ids as each word ends; nothing is allocated for a text. When a text has reached its length it is
 * read no further.
 */
final class WordPieceTokenizer implements Tokenizer {

  private final BertCharacters characters;
  private final WordPieceVocabulary vocabulary;
  private final AddedTokens addedTokens;
  private final int unknownId;
  private final int maxWordLength;
  private final long[] before;
  private final long[] after;

  /** How many ids a text may have without those around it. */
  private final int limit;

  private int[] word = new int[128];

  /** May be greater than what {@link #word} holds: such a word is unknown, whatever it is. */
  private int wordLength;

  /** Marks that wait for the end of their run, in the order in which they will stand. */
  private int[] marks = new int[16];

  private int markCount;

  /** How many ids the text has, if it had no limit. */
  private int count;

  WordPieceTokenizer(WordPieceFile file) {
    this.characters = BertCharacters.of(file.characters());
    this.vocabulary = file.vocabulary();
    this.addedTokens = file.addedTokens();
    this.unknownId = file.unknownId();
    this.maxWordLength = file.maxWordLength();
    this.before = array(file.before());
    this.after = array(file.after());
    this.limit = file.maxTokens() - before.length - after.length;
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public int encode(String text, TokenBuffer into) {
    int start = into.size();
    try {
      wordLength = 0;
      markCount = 0;
      count = 0;
      into.append(before);
      read(text, into);
      into.append(after);
      return into.size() - start;
    } catch (RuntimeException failure) {
      into.shrinkTo(start);
      throw failure;
    }
  }

  private void read(String text, TokenBuffer into) {
    int length = text.length();
    int content = into.size();
    boolean pairsKnownWhole = false;
    boolean broken = false;
    int i = 0;
    while (i < length && count < limit) {
      char c = text.charAt(i);
      if (addedTokens.mayBegin(c)) {
        int token = addedTokens.at(text, i);
        if (token >= 0) {
          endWord(into);
          emit(addedTokens.id(token), into);
          i += addedTokens.length(token);
          continue;
        }
      }
      i++;
      if (c != 0 && !Character.isSurrogate(c)) {
        take(characters.step(c), into);
        continue;
      }
      if (!pairsKnownWhole && !broken) {
        broken = hasHalfPair(text, i - 1);
        pairsKnownWhole = !broken;
      }
      if (broken) {
        // The library gets Java's own encoding of the text and, as that is no UTF-8, reads each
        // byte of a surrogate (three) or of a NUL (two) as a replacement character.
        for (int bytes = c == 0 ? 2 : 3; bytes > 0; bytes--) {
          take(characters.step(0xFFFD), into);
        }
      } else if (c == 0) {
        take(characters.step(0), into);
      } else {
        take(characters.step(Character.toCodePoint(c, text.charAt(i++))), into);
      }
    }
    endWord(into);
    if (count > limit) {
      into.shrinkTo(content + limit);
    }
  }

  private static boolean hasHalfPair(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (Character.isLowSurrogate(text.charAt(i))
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private void take(int step, TokenBuffer into) {
    if (BertCharacters.isWord(step)) {
      if (markCount > 0) {
        settleMarks();
      }
      append(step);
      return;
    }
    switch (BertCharacters.kind(step)) {
      case BertCharacters.NONE -> {}
      case BertCharacters.SPACE -> endWord(into);
      case BertCharacters.ALONE -> {
        endWord(into);
        append(BertCharacters.point(step));
        endWord(into);
      }
      case BertCharacters.BARRIER -> settleMarks();
      case BertCharacters.MARK -> addMark(step);
      default -> {
        for (int i = 0; i < characters.count(step); i++) {
          take(characters.step(step, i), into);
        }
      }
    }
  }

  /** Sorts a mark in behind those of the same combining class. */
  private void addMark(int mark) {
    if (wordLength + markCount >= maxWordLength) {
      // The word is unknown, or becomes so with this mark, or the mark is alone: order is nothing.
      settleMarks();
      append(BertCharacters.point(mark));
      return;
    }
    if (markCount == marks.length) {
      marks = Arrays.copyOf(marks, markCount * 2);
    }
    int at = markCount++;
    while (at > 0 && BertCharacters.order(marks[at - 1]) > BertCharacters.order(mark)) {
      marks[at] = marks[at - 1];
      at--;
    }
    marks[at] = mark;
  }

  private void settleMarks() {
    for (int i = 0; i < markCount; i++) {
      append(BertCharacters.point(marks[i]));
    }
    markCount = 0;
  }

  private void append(int point) {
    if (wordLength < maxWordLength) {
      if (wordLength == word.length) {
        word = Arrays.copyOf(word, wordLength * 2);
      }
      word[wordLength] = point;
    }
    wordLength++;
  }

  private void endWord(TokenBuffer into) {
    settleMarks();
    if (wordLength == 0) {
      return;
    }
    int start = into.size();
    int countBefore = count;
    boolean known = wordLength <= maxWordLength;
    for (int at = 0; known && at < wordLength; ) {
      long piece = vocabulary.longest(word, at, wordLength);
      known = piece >= 0;
      if (known) {
        emit((int) (piece >>> 32), into);
        at = (int) piece;
      }
    }
    if (!known) {
      into.shrinkTo(start);
      count = countBefore;
      emit(unknownId, into);
    }
    wordLength = 0;
  }

  private void emit(int id, TokenBuffer into) {
    into.append(id);
    count++;
  }

  @Override
  public void close() {}
}
