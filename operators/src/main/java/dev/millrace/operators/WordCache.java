package dev.millrace.operators;

/**
 * The ids of short ASCII words that were met lately. A word is its own key: its chars fill the
 * bytes of two longs, so one that is found is that very word. Texts repeat their words, and most of
 * them need one read of memory here in place of one a char in the vocabulary.
 */
final class WordCache {

  /** Chars of the longest word that has a key. */
  static final int MOST_CHARS = 2 * Long.BYTES;

  private static final int SLOT_BITS = 13;
  private static final int SLOT_LONGS = 3;
  private static final int ID_BITS = 21;
  private static final int ID_MASK = (1 << ID_BITS) - 1;
  private static final int MOST_IDS = Long.SIZE / ID_BITS;

  /** For each slot the key's two halves and the ids. */
  private final long[] slots = new long[SLOT_LONGS << SLOT_BITS];

  private static int slot(long high, long low) {
    long mixed = (low ^ high * 0xC2B2AE3D27D4EB4FL) * 0x9E3779B97F4A7C15L;
    return SLOT_LONGS * (int) (mixed >>> (Long.SIZE - SLOT_BITS));
  }

  /**
   * Finds the ids of a word, for {@link #first} and {@link #rest}.
   *
   * @return 0 if they are not known
   */
  long find(long high, long low) {
    int slot = slot(high, low);
    return slots[slot] == high && slots[slot + 1] == low ? slots[slot + 2] : 0;
  }

  /** The first of the ids that were found. */
  static int first(long ids) {
    return (int) (ids & ID_MASK) - 1;
  }

  /** The ids after the first; 0 if there are none. */
  static long rest(long ids) {
    return ids >>> ID_BITS;
  }

  /** Keeps the ids of a word, which are the last ones of a buffer, if they are few enough. */
  void put(long high, long low, TokenBuffer buffer, int start) {
    if (buffer.size() - start > MOST_IDS) {
      return;
    }
    long ids = 0;
    for (int i = buffer.size() - 1; i >= start; i--) {
      long id = buffer.get(i);
      if (id >= ID_MASK) {
        return;
      }
      ids = ids << ID_BITS | (id + 1);
    }
    int slot = slot(high, low);
    slots[slot] = high;
    slots[slot + 1] = low;
    slots[slot + 2] = ids;
  }
}
