package dev.millrace.operators;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a normaliser and a splitter of the BERT family make of each code point, worked out once: a
 * table of <em>steps</em>, a step being a code point and what is to be done with it.
 */
final class BertCharacters {

  /** What a file can ask for. */
  record Options(boolean clean, boolean chinese, boolean stripAccents, boolean lowerCase) {}

  /** Belongs to a word. A step of this kind is the bare code point. */
  static final int WORD = 0;

  /** Is nothing. */
  static final int NONE = 1;

  /** Ends a word. */
  static final int SPACE = 2;

  /** Ends a word and is one. */
  static final int ALONE = 3;

  /** Is nothing, and marks are not moved over it. */
  static final int BARRIER = 4;

  /** Belongs to a word, after all marks of its combining class or a lower one. */
  static final int MARK = 5;

  /** Becomes several steps; the code point is where they lie in {@link #several}. */
  static final int SEVERAL = 6;

  private static final int KIND_SHIFT = 21;
  private static final int ORDER_SHIFT = 24;
  private static final int POINT = (1 << KIND_SHIFT) - 1;
  private static final int PAGE_SHIFT = 8;
  private static final int PAGE = 1 << PAGE_SHIFT;

  /** Several megabytes are looked at to make one, and it does not change: all subtasks share it. */
  private static final Map<Options, BertCharacters> MADE = new ConcurrentHashMap<>();

  private final int[][] pages = new int[(Character.MAX_CODE_POINT + 1) >> PAGE_SHIFT][];
  private int[] several = new int[1024];
  private int severalSize;

  static BertCharacters of(Options options) {
    return MADE.computeIfAbsent(options, wanted -> new BertCharacters(wanted, BertUnicode.read()));
  }

  private BertCharacters(Options options, BertUnicode unicode) {
    int[] made = new int[64];
    for (int first = 0; first <= Character.MAX_CODE_POINT; first += PAGE) {
      int[] page = new int[PAGE];
      for (int i = 0; i < PAGE; i++) {
        int count = steps(options, unicode, first + i, made);
        page[i] = count == 1 ? made[0] : count == 0 ? NONE << KIND_SHIFT : keep(made, count);
      }
      pages[first >> PAGE_SHIFT] = page;
    }
  }

  private static int steps(Options options, BertUnicode unicode, int point, int[] into) {
    if (options.clean() && unicode.isRemoved(point)) {
      return 0;
    }
    int count = 0;
    boolean own = options.chinese() && unicode.isChinese(point);
    for (int part : options.stripAccents() ? unicode.decompose(point) : new int[] {point}) {
      if (options.stripAccents() && unicode.isAccent(part)) {
        if (unicode.isAccentStarter(part)) {
          into[count++] = BARRIER << KIND_SHIFT;
        }
        continue;
      }
      int order = options.stripAccents() ? unicode.order(part) : 0;
      for (int letter : options.lowerCase() ? unicode.lowerCase(part) : new int[] {part}) {
        int kind =
            unicode.isWhitespace(letter)
                ? SPACE
                : own || unicode.isPunctuation(letter) ? ALONE : order != 0 ? MARK : WORD;
        into[count++] = order << ORDER_SHIFT | kind << KIND_SHIFT | letter;
      }
    }
    return count;
  }

  private int keep(int[] steps, int count) {
    if (severalSize + count + 1 > several.length) {
      several = Arrays.copyOf(several, several.length * 2);
    }
    int at = severalSize;
    several[severalSize++] = count;
    System.arraycopy(steps, 0, several, severalSize, count);
    severalSize += count;
    return SEVERAL << KIND_SHIFT | at;
  }

  /** The step of a code point. */
  int step(int point) {
    return pages[point >> PAGE_SHIFT][point & (PAGE - 1)];
  }

  static boolean isWord(int step) {
    return step >>> KIND_SHIFT == WORD;
  }

  static int kind(int step) {
    return (step >>> KIND_SHIFT) & 7;
  }

  static int point(int step) {
    return step & POINT;
  }

  /** The combining class of a {@link #MARK}. */
  static int order(int step) {
    return step >>> ORDER_SHIFT;
  }

  /** How many steps a {@link #SEVERAL} becomes. */
  int count(int step) {
    return several[point(step)];
  }

  /** One of the steps that a {@link #SEVERAL} becomes. */
  int step(int step, int number) {
    return several[point(step) + 1 + number];
  }
}
