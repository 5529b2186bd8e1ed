package dev.millrace.accelerator.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * Looks for floats that are no numbers, in one pass that processors do many floats at a time: the
 * answers of a fast device are many, and each float is looked at.
 */
final class FiniteCheck {

  /** The exponent's bits: all set in infinities and NaN, and in no other float. */
  private static final int EXPONENT = 0x7f800000;

  /** Carries into the sign's place if all bits of an exponent are set. */
  private static final int ONE_EXPONENT = 0x00800000;

  /** Fits a core's nearest cache. */
  private static final int CHUNK = 2048;

  /** Kept by each thread of a session, of which there are few: one for each batch is garbage. */
  private static final ThreadLocal<int[]> CHUNKS = ThreadLocal.withInitial(() -> new int[CHUNK]);

  private FiniteCheck() {}

  /**
   * The index of the first float that is infinite or NaN; -1 if none is.
   *
   * @param floats in the machine's byte order
   * @param from in bytes, as {@code length}
   */
  static int firstNotFinite(ByteBuffer floats, int from, int length) {
    IntBuffer bits =
        floats
            .duplicate()
            .clear()
            .position(from)
            .limit(from + length)
            .slice()
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    int[] chunk = CHUNKS.get();
    while (bits.hasRemaining()) {
      int start = bits.position();
      int count = Math.min(CHUNK, bits.remaining());
      bits.get(chunk, 0, count);
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
