package dev.millrace.accelerator.embedding;

import java.nio.IntBuffer;

/**
 * Looks for floats that are no numbers, in one pass that processors do many floats at a time: the
 * answers of a fast device are many, and each float is looked at. For one thread.
 */
public final class FiniteCheck {

  /** The exponent's bits: all set in infinities and NaN, and in no other float. */
  private static final int EXPONENT = 0x7f800000;

  /** Carries into the sign's place if all bits of an exponent are set. */
  private static final int ONE_EXPONENT = 0x00800000;

  /** Fits a core's nearest cache. */
  private static final int CHUNK = 2048;

  private final int[] chunk = new int[CHUNK];

  /** The index of the first float that is infinite or NaN; -1 if none is. */
  public int firstNotFinite(IntBuffer floats) {
    floats.clear();
    while (floats.hasRemaining()) {
      int start = floats.position();
      int count = Math.min(CHUNK, floats.remaining());
      floats.get(chunk, 0, count);
      if (anyNotFinite(chunk, count)) {
        for (int i = 0; i < count; i++) {
          if ((chunk[i] & EXPONENT) == EXPONENT) {
            return start + i;
          }
        }
      }
    }
    return -1;
  }

  private static boolean anyNotFinite(int[] bits, int count) {
    int signs = 0;
    for (int i = 0; i < count; i++) {
      signs |= (bits[i] & EXPONENT) + ONE_EXPONENT;
    }
    return signs < 0;
  }
}
