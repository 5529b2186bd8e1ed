package dev.millrace.operators;

import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Reads UTF-8 from off-heap memory. As Java's own decoder does, it makes one U+FFFD of each longest
 * run of bytes that begins a character and does not end it, of each byte that begins none, and of
 * each surrogate.
 */
final class Utf8 {

  private static final char REPLACEMENT = '\uFFFD';
  private static final long NOT_ASCII = 0x8080808080808080L;

  private Utf8() {}

  /**
   * Decodes bytes into the begin of an array that has room for one unit a byte.
   *
   * @return how many units they became
   */
  static int decode(long address, int bytes, char[] into) {
    long at = address;
    long end = address + bytes;
    int size = 0;
    while (at < end) {
      if (end - at >= Long.BYTES && (MemoryUtil.getLong(at) & NOT_ASCII) == 0) {
        for (int i = 0; i < Long.BYTES; i++) {
          into[size + i] = (char) MemoryUtil.getByte(at + i);
        }
        at += Long.BYTES;
        size += Long.BYTES;
        continue;
      }
      int first = MemoryUtil.getByte(at++) & 0xFF;
      if (first < 0x80) {
        into[size++] = (char) first;
        continue;
      }
      int following = following(first);
      int point = first & (0x3F >> following);
      int missing = following;
      while (missing > 0 && at < end) {
        int next = MemoryUtil.getByte(at) & 0xFF;
        if (!mayFollow(first, next, missing == following)) {
          break;
        }
        point = point << 6 | (next & 0x3F);
        at++;
        missing--;
      }
      if (following == 0 || missing > 0) {
        into[size++] = REPLACEMENT;
      } else if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
        into[size++] = Character.isSurrogate((char) point) ? REPLACEMENT : (char) point;
      } else {
        into[size++] = Character.highSurrogate(point);
        into[size++] = Character.lowSurrogate(point);
      }
    }
    return size;
  }

  /** How many bytes follow one that begins a character beyond ASCII; 0 where it begins none. */
  private static int following(int first) {
    if (first < 0xC2 || first > 0xF4) {
      return 0;
    }
    return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  }

  /** Whether a byte can go on a character: the second one must keep it from being overlong. */
  private static boolean mayFollow(int first, int next, boolean second) {
    int least = !second ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int most = second && first == 0xF4 ? 0x8F : 0xBF;
    return next >= least && next <= most;
  }
}
