package dev.millrace.operators;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * WordPiece as the BERT family uses it. It reads a text once and writes ids as each word ends;
 * nothing is allocated for a text. When a text has reached its length it is read no further.
 *
 * <p>Words of plain ASCII are looked up whole. All others, and what was not met lately, go code
 * point by code point.
 */
final class WordPieceTokenizer implements Tokenizer {

  private static final int ASCII = 128;

  /** In {@link #plain}: needs a closer look. */
  private static final byte OTHER = 0;

  /** In {@link #plain}: ends a word. */
  private static final byte SPACE = Byte.MIN_VALUE;

  private final BertCharacters characters;
  private final WordPieceVocabulary vocabulary;
  private final AddedTokens addedTokens;
  private final int unknownId;
  private final int maxWordLength;
  private final long[] before;
  private final long[] after;

  /** How many ids a text may have without those around it. */
  private final int limit;

  private final @Nullable PairIds pair;

  /**
   * For each ASCII char what a word has for it; that negated if it is a word; or one of the above.
   */
  private final byte[] plain = new byte[ASCII];

  private final WordCache words = new WordCache();

  private int[] word = new int[128];

  /** May be greater than what {@link #word} holds: such a word is unknown, whatever it is. */
  private int wordLength;

  /** Marks that wait for the end of their run, in the order in which they will stand. */
  private int[] marks = new int[16];

  private int markCount;

  /** Null unless places are asked for. */
  private @Nullable TokenPlaces places;

  WordPieceTokenizer(WordPieceFile file) {
    this.characters = BertCharacters.of(file.characters());
    this.vocabulary = file.vocabulary();
    this.addedTokens = file.addedTokens();
    this.unknownId = file.unknownId();
    this.maxWordLength = file.maxWordLength();
    this.before = array(file.before());
    this.after = array(file.after());
    this.limit = file.maxTokens() - before.length - after.length;
    this.pair = file.pair() == null ? null : PairIds.of(file.pair(), file.maxTokens());
    for (char c = 0; c < ASCII; c++) {
      plain[c] = addedTokens.mayBegin(c) ? OTHER : plain(characters.step(c));
    }
  }

  /**
   * What stands around two texts.
   *
   * @param limit how many ids both may have together without those
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record PairIds(long[] before, long[] between, long[] after, boolean hasTypes, int limit) {

    static PairIds of(WordPieceFile.Pair pair, int maxTokens) {
      long[] before = array(pair.before());
      long[] between = array(pair.between());
      long[] after = array(pair.after());
      return new PairIds(
          before,
          between,
          after,
          pair.hasTypes(),
          maxTokens - before.length - between.length - after.length);
    }
  }

  private static byte plain(int step) {
    int point = BertCharacters.point(step);
    return switch (BertCharacters.kind(step)) {
      case BertCharacters.WORD -> point < ASCII ? (byte) point : OTHER;
      case BertCharacters.ALONE -> point < ASCII ? (byte) -point : OTHER;
      case BertCharacters.SPACE -> SPACE;
      default -> OTHER;
    };
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public int encode(TextUnits text, TokenBuffer into) {
    int start = into.size();
    try {
      if (text.isPair()) {
        encode(Objects.requireNonNull(pair, "The tokenizer was opened for pairs."), text, into);
      } else {
        append(before, into);
        read(text.units(), 0, text.length(), into, limit);
        append(after, into);
      }
      return into.size() - start;
    } catch (RuntimeException failure) {
      into.shrinkTo(start);
      throw failure;
    }
  }

  /** Of a pair there are no places. */
  @Override
  public int encode(TextUnits text, TokenBuffer into, TokenPlaces where) {
    where.clear();
    places = where;
    try {
      return encode(text, into);
    } finally {
      places = null;
    }
  }

  private void append(long[] ids, TokenBuffer into) {
    into.append(ids);
    if (places != null) {
      places.addOutside(ids.length);
    }
  }

  private void encode(PairIds around, TextUnits texts, TokenBuffer into) {
    into.append(around.before());
    int firstFrom = into.size();
    read(texts.units(), texts.firstFrom(), texts.firstTo(), into, around.limit());
    int first = into.size() - firstFrom;
    into.append(around.between());
    int secondFrom = into.size();
    if (around.hasTypes()) {
      into.beginSecond();
    }
    read(texts.units(), texts.firstTo(), texts.length(), into, around.limit());
    int second = into.size() - secondFrom;
    if (first + second > around.limit()) {
      // The longer one is cut to what the shorter leaves, but not below it; then both to a half.
      int shorter = Math.min(first, second);
      int longer = Math.max(shorter, around.limit() - shorter);
      if (shorter + longer > around.limit()) {
        shorter = around.limit() / 2;
        longer = around.limit() - shorter;
      }
      boolean bothCut = first == around.limit() && second == first;
      boolean firstIsLonger = bothCut ? isFirstLonger(texts, into) : first > second;
      int keptOfFirst = firstIsLonger ? longer : shorter;
      into.shrinkTo(secondFrom + (firstIsLonger ? shorter : longer));
      into.remove(firstFrom + keptOfFirst, first - keptOfFirst);
    }
    into.append(around.after());
  }

  /** For two texts that were both read no further than the limit. */
  private boolean isFirstLonger(TextUnits texts, TokenBuffer spare) {
    int start = spare.size();
    read(texts.units(), texts.firstFrom(), texts.firstTo(), spare, Integer.MAX_VALUE);
    int first = spare.size() - start;
    spare.shrinkTo(start);
    read(texts.units(), texts.firstTo(), texts.length(), spare, Integer.MAX_VALUE);
    int second = spare.size() - start;
    spare.shrinkTo(start);
    return first > second;
  }

  private void read(char[] text, int from, int length, TokenBuffer into, int most) {
    wordLength = 0;
    markCount = 0;
    int end = (int) Math.min(Integer.MAX_VALUE, (long) into.size() + most);
    boolean pairsKnownWhole = false;
    boolean broken = false;
    int i = from;
    while (i < length && into.size() < end) {
      char c = text[i];
      if (c < ASCII && plain[c] != OTHER && wordLength + markCount == 0 && places == null) {
        i = readPlain(text, i, length, into);
        continue;
      }
      if (addedTokens.mayBegin(c)) {
        int token = addedTokens.at(text, length, i);
        if (token >= 0) {
          endWord(into);
          into.append(addedTokens.id(token));
          if (places != null) {
            places.add(i, i + addedTokens.length(token));
          }
          i += addedTokens.length(token);
          continue;
        }
      }
      i++;
      if (places != null) {
        places.reading(i - 1, i);
      }
      if (c != 0 && !Character.isSurrogate(c)) {
        take(characters.step(c), into);
        continue;
      }
      if (!pairsKnownWhole && !broken) {
        broken = TextUnits.hasHalfPair(text, length, i - 1);
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
        if (places != null) {
          places.reading(i - 1, i + 1);
        }
        take(characters.step(Character.toCodePoint(c, text[i++])), into);
      }
    }
    endWord(into);
    if (into.size() > end) {
      if (places != null) {
        places.drop(into.size() - end);
      }
      into.shrinkTo(end);
    }
  }

  /**
   * Reads a white space or a word of plain chars, or the first chars of a word that goes on with
   * others. No word may have begun.
   *
   * @return where to go on; after the last word it may be one beyond the text's end
   */
  private int readPlain(char[] text, int start, int length, TokenBuffer into) {
    int letter = plain[text[start]];
    if (letter == SPACE) {
      return start + 1;
    }
    if (letter < OTHER) {
      endPlainWord(text, start, start + 1, 0, -letter, into);
      return start + 1;
    }
    long high = 0;
    long low = 0;
    int i = start;
    while (letter > OTHER) {
      high = high << Byte.SIZE | low >>> (Long.SIZE - Byte.SIZE);
      low = low << Byte.SIZE | letter;
      i++;
      letter = i == length ? SPACE : text[i] < ASCII ? plain[text[i]] : OTHER;
    }
    if (letter == OTHER || i - start > WordCache.MOST_CHARS) {
      appendPlain(text, start, i);
      return i;
    }
    endPlainWord(text, start, i, high, low, into);
    return letter == SPACE ? i + 1 : i;
  }

  private void appendPlain(char[] text, int start, int end) {
    for (int i = start; i < end; i++) {
      append(Math.abs(plain[text[i]]));
    }
  }

  private void endPlainWord(
      char[] text, int start, int end, long high, long low, TokenBuffer into) {
    long ids = words.find(high, low);
    if (ids == 0) {
      int first = into.size();
      appendPlain(text, start, end);
      endWord(into);
      words.put(high, low, into, first);
    }
    for (; ids != 0; ids = WordCache.rest(ids)) {
      into.append(WordCache.first(ids));
    }
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
    if (places != null) {
      places.mark(at, markCount - 1);
    }
  }

  private void settleMarks() {
    for (int i = 0; i < markCount; i++) {
      if (places != null) {
        places.beginMark(i);
      }
      append(BertCharacters.point(marks[i]));
    }
    markCount = 0;
    if (places != null) {
      places.endMarks();
    }
  }

  private void append(int point) {
    if (wordLength < maxWordLength) {
      if (wordLength == word.length) {
        word = Arrays.copyOf(word, wordLength * 2);
      }
      word[wordLength] = point;
    }
    if (places != null) {
      places.point(wordLength, maxWordLength);
    }
    wordLength++;
  }

  private void endWord(TokenBuffer into) {
    settleMarks();
    if (wordLength == 0) {
      return;
    }
    int start = into.size();
    boolean known = wordLength <= maxWordLength;
    for (int at = 0; known && at < wordLength; ) {
      long piece = vocabulary.longest(word, at, wordLength);
      known = piece >= 0;
      if (known) {
        into.append(piece >>> 32);
        if (places != null) {
          places.addPoints(at, (int) piece);
        }
        at = (int) piece;
      }
    }
    if (!known) {
      if (places != null) {
        places.drop(into.size() - start);
        places.addWord();
      }
      into.shrinkTo(start);
      into.append(unknownId);
    }
    wordLength = 0;
  }

  @Override
  public void close() {}
}
