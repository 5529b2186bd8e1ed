package dev.millrace.operators;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * A text as UTF-16 code units in an array that is used again for the next text, so that reading one
 * makes no garbage. Owned and used by one thread.
 */
final class TextUnits {

  private static final int INITIAL_UNITS = 256;
  private static final int QUAD = 4;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private char[] units = new char[INITIAL_UNITS];
  private int length;
  private long hash;
  private boolean hashed;

  /** Takes a text over, half surrogate pairs included. */
  void read(String text) {
    int newLength = text.length();
    reserve(newLength);
    text.getChars(0, newLength, units, 0);
    length = newLength;
    hashed = false;
  }

  /** Takes over a text that lies in off-heap memory. What is no UTF-8 becomes U+FFFD. */
  void read(ArrowBuf utf8, long start, int bytes) {
    utf8.checkBytes(start, start + bytes);
    // No byte becomes more than one unit.
    reserve(bytes);
    length = Utf8.decode(utf8.memoryAddress() + start, bytes, units);
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

  /** As {@link String#isBlank()}. */
  boolean isBlank() {
    // No white space lies beyond the units that are characters by themselves.
    for (int i = 0; i < length; i++) {
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
    hashed = false;
    if (units.length > Math.max(mostUnits, INITIAL_UNITS)) {
      units = new char[INITIAL_UNITS];
    }
  }

  @Override
  public String toString() {
    return new String(units, 0, length);
  }
}
