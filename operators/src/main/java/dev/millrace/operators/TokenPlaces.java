package dev.millrace.operators;

import java.util.Arrays;

/**
 * Where in a text each of its tokens was read, in UTF-16 code units. Used again for the next text,
 * by one thread.
 *
 * <p>A tokenizer that makes tokens of words says where each code point of a word, and each mark
 * that waits to be sorted in, comes from; a token's place is from the first to the last of its
 * points in the text, where marks may stand in another order.
 */
final class TokenPlaces {

  private static final int INITIAL = 64;

  /** For a token that stands for nothing in the text. */
  private static final int NOWHERE = -1;

  private int[] starts = new int[INITIAL];
  private int[] ends = new int[INITIAL];
  private int size;

  private long[] points = new long[INITIAL];
  private int wordStart;
  private int wordEnd;
  private long[] marks = new long[INITIAL];
  private int fromMark = NOWHERE;
  private long current;

  void clear() {
    size = 0;
    fromMark = NOWHERE;
  }

  /** Tokens that stand for nothing in the text. */
  void addOutside(int count) {
    for (int i = 0; i < count; i++) {
      add(NOWHERE, NOWHERE);
    }
  }

  /** A token that was read from one unit of the text to before another. */
  void add(int start, int end) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, size * 2);
      ends = Arrays.copyOf(ends, size * 2);
    }
    starts[size] = start;
    ends[size] = end;
    size++;
  }

  /** Drops the last tokens. */
  void drop(int count) {
    size -= count;
  }

  /** The code point that is being read. */
  void reading(int start, int end) {
    current = pack(start, end);
  }

  /**
   * What is being read has become a point of the word.
   *
   * @param index which one
   * @param most points of a word that tokens are made of; of the others only the bounds are kept
   */
  void point(int index, int most) {
    long place = fromMark == NOWHERE ? current : marks[fromMark];
    wordStart = index == 0 ? start(place) : Math.min(wordStart, start(place));
    wordEnd = index == 0 ? end(place) : Math.max(wordEnd, end(place));
    if (index < most) {
      if (index == points.length) {
        points = Arrays.copyOf(points, index * 2);
      }
      points[index] = place;
    }
  }

  /**
   * What is being read has become a mark, which goes before others.
   *
   * @param count marks that there were before
   */
  void mark(int at, int count) {
    if (count == marks.length) {
      marks = Arrays.copyOf(marks, count * 2);
    }
    System.arraycopy(marks, at, marks, at + 1, count - at);
    marks[at] = current;
  }

  /** The next point is one of the marks. */
  void beginMark(int index) {
    fromMark = index;
  }

  /** The next point is what is being read. */
  void endMarks() {
    fromMark = NOWHERE;
  }

  /** A token of some of the word's points. */
  void addPoints(int from, int to) {
    int start = start(points[from]);
    int end = end(points[from]);
    for (int i = from + 1; i < to; i++) {
      start = Math.min(start, start(points[i]));
      end = Math.max(end, end(points[i]));
    }
    add(start, end);
  }

  /** A token of the whole word, which may have more points than are remembered. */
  void addWord() {
    add(wordStart, wordEnd);
  }

  private static long pack(int start, int end) {
    return (long) start << Integer.SIZE | end;
  }

  private static int start(long place) {
    return (int) (place >>> Integer.SIZE);
  }

  private static int end(long place) {
    return (int) place;
  }

  int size() {
    return size;
  }

  /** Whether a token stands for a part of the text. */
  boolean isInText(int token) {
    return starts[token] != NOWHERE;
  }

  /** Where a token that {@link #isInText} begins. */
  int start(int token) {
    return starts[token];
  }

  /** Where it ends: the unit behind its last. */
  int end(int token) {
    return ends[token];
  }
}
