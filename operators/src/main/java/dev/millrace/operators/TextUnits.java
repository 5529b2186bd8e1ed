package dev.millrace.operators;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * A text, or a pair of texts, as UTF-16 code units in an array that is used again for the next
 * text, so that reading one makes no garbage. Owned and used by one thread.
 *
 * <p>A pair is the length of the first text, in two units, the first text and the second: so two
 * pairs have the same units only if both their texts are the same.
 */
final class TextUnits {

  private static final int INITIAL_UNITS = 256;
  private static final int QUAD = 4;
  private static final int PAIR_HEADER = 2;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private char[] units = new char[INITIAL_UNITS];
  private int length;

  /** Where the second text of a pair begins; 0 if it is no pair. */
  private int second;

  private long hash;
  private boolean hashed;

  /** Takes a text over, half surrogate pairs included. */
  void read(String text) {
    int newLength = text.length();
    reserve(newLength);
    text.getChars(0, newLength, units, 0);
    length = newLength;
    second = 0;
    hashed = false;
  }

  /** Takes a pair over. */
  void read(String first, String other) {
    int firstLength = first.length();
    int newLength = Math.addExact(PAIR_HEADER + firstLength, other.length());
    reserve(newLength);
    units[0] = (char) (firstLength >>> Character.SIZE);
    units[1] = (char) firstLength;
    second = PAIR_HEADER + firstLength;
    first.getChars(0, firstLength, units, PAIR_HEADER);
    other.getChars(0, other.length(), units, second);
    length = newLength;
    hashed = false;
  }

  /** Takes over a text that lies in off-heap memory. What is no UTF-8 becomes U+FFFD. */
  void read(ArrowBuf utf8, long start, int bytes) {
    utf8.checkBytes(start, start + bytes);
    // No byte becomes more than one unit.
    reserve(bytes);
    length = Utf8.decode(utf8.memoryAddress() + start, bytes, units);
    second = 0;
    hashed = false;
  }

  private void reserve(int count) {
    if (count > units.length) {
      long doubled = Math.max(count, 2L * units.length);
      units = new char[(int) Math.min(doubled, Integer.MAX_VALUE - 8)];
    }
  }

  /** The array itself; the text is its first {@link #length()} units. */
  char[] units() {
    return units;
  }

  int length() {
    return length;
  }

  /** Whether it is two texts. */
  boolean isPair() {
    return second > 0;
  }

  /** Where the text begins, or the first of two. */
  int firstFrom() {
    return isPair() ? PAIR_HEADER : 0;
  }

  /** Where the text ends, or the first of two; the second begins there. */
  int firstTo() {
    return isPair() ? second : length;
  }

  /** The text, or the first of two. */
  String first() {
    return new String(units, firstFrom(), firstTo() - firstFrom());
  }

  /** The second of two. */
  String second() {
    return new String(units, second, length - second);
  }

  /** As {@link String#isBlank()}, and of a pair whether either of its texts is. */
  boolean isBlank() {
    return isBlank(firstFrom(), firstTo()) || (isPair() && isBlank(second, length));
  }

  /** Whether it holds half of a surrogate pair. */
  boolean hasHalfPair() {
    return hasHalfPair(units, length, 0);
  }

  static boolean hasHalfPair(char[] text, int length, int from) {
    for (int i = from; i < length; i++) {
      if (Character.isSurrogate(text[i])) {
        if (Character.isLowSurrogate(text[i])
            || i + 1 == length
            || !Character.isLowSurrogate(text[i + 1])) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private boolean isBlank(int from, int to) {
    // No white space lies beyond the units that are characters by themselves.
    for (int i = from; i < to; i++) {
      if (!Character.isWhitespace(units[i])) {
        return false;
      }
    }
    return true;
  }

  /** 64 bits of which each depends on the whole text. Equal texts have equal ones. */
  long hash() {
    if (!hashed) {
      long mixed = length;
      int i = 0;
      for (; i <= length - QUAD; i += QUAD) {
        mixed = mix(mixed ^ quad(i));
      }
      if (i < length) {
        mixed = mix(mixed ^ lastQuad(i));
      }
      hash = mix(mix(mixed));
      hashed = true;
    }
    return hash;
  }

  private static long mix(long value) {
    long product = value * MULTIPLIER;
    return product ^ product >>> 32;
  }

  private long quad(int at) {
    return units[at]
        | (long) units[at + 1] << 16
        | (long) units[at + 2] << 32
        | (long) units[at + 3] << 48;
  }

  private long lastQuad(int at) {
    long quad = 0;
    for (int i = length - 1; i >= at; i--) {
      quad = quad << 16 | units[i];
    }
    return quad;
  }

  /** How many bytes {@link #writeTo} writes for a text of this many units. */
  static long writtenBytes(int length) {
    return ((long) length + QUAD - 1) / QUAD * Long.BYTES;
  }

  /** Writes the units to off-heap memory, in the form that {@link #isAt} reads. */
  void writeTo(long address) {
    long target = address;
    int i = 0;
    for (; i <= length - QUAD; i += QUAD) {
      MemoryUtil.putLong(target, quad(i));
      target += Long.BYTES;
    }
    if (i < length) {
      MemoryUtil.putLong(target, lastQuad(i));
    }
  }

  /** Whether these very units were written to a place, as many of them as this text has. */
  boolean isAt(long address) {
    long source = address;
    int i = 0;
    for (; i <= length - QUAD; i += QUAD) {
      if (MemoryUtil.getLong(source) != quad(i)) {
        return false;
      }
      source += Long.BYTES;
    }
    return i >= length || MemoryUtil.getLong(source) == lastQuad(i);
  }

  /** Whether the other has the same units. */
  boolean sameAs(TextUnits other) {
    return Arrays.equals(units, 0, length, other.units, 0, other.length);
  }

  /**
   * Forgets the text, and its memory if that is for more units than these: one long text must not
   * hold it for ever.
   */
  void trim(int mostUnits) {
    length = 0;
    second = 0;
    hashed = false;
    if (units.length > Math.max(mostUnits, INITIAL_UNITS)) {
      units = new char[INITIAL_UNITS];
    }
  }

  @Override
  public String toString() {
    return isPair() ? first() + " / " + second() : first();
  }
}
