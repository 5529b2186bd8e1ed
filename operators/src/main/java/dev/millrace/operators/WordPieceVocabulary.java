package dev.millrace.operators;

import java.util.Arrays;

/**
 * The words of a vocabulary as a trie over code points. Its edges lie in one open-addressing hash
 * table of longs, each {@code [parent:21][code point:21][child:21]}, so that a step is one read of
 * memory, mostly, and a look-up makes no object.
 */
final class WordPieceVocabulary {

  private static final int BITS = 21;
  private static final int MASK = (1 << BITS) - 1;
  private static final int ROOT = 1;

  private final int continuation;
  private long[] edges;
  private int shift;
  private int[] ids;

  /** The last node; the first is {@link #ROOT}, and 0 is none. */
  private int last = ROOT;

  /**
   * @param words how many there will be, about
   * @param continuingPrefix what the vocabulary writes before a piece that is not a word's first
   */
  WordPieceVocabulary(int words, String continuingPrefix) throws UnsupportedTokenizerException {
    int slots = Integer.highestOneBit(Math.max(64, Math.min(words, MASK)) * 4);
    this.edges = new long[slots];
    this.shift = Long.numberOfLeadingZeros(slots) + 1;
    this.ids = new int[slots];
    Arrays.fill(ids, -1);
    this.continuation = grow(continuingPrefix);
  }

  void add(String word, int id) throws UnsupportedTokenizerException {
    int node = grow(word);
    ids[node] = id;
  }

  private int grow(String word) throws UnsupportedTokenizerException {
    int node = ROOT;
    for (int i = 0; i < word.length(); i += Character.charCount(word.codePointAt(i))) {
      int point = word.codePointAt(i);
      int child = child(node, point);
      if (child == 0) {
        child = newNode();
        put(edges, shift, edge(node, point) << BITS | child);
      }
      node = child;
    }
    return node;
  }

  private int newNode() throws UnsupportedTokenizerException {
    if (last == MASK) {
      throw new UnsupportedTokenizerException("its vocabulary is too large");
    }
    last++;
    if (last == ids.length) {
      ids = Arrays.copyOf(ids, last * 2);
      Arrays.fill(ids, last, ids.length, -1);
    }
    if (last > edges.length / 2) {
      long[] larger = new long[edges.length * 2];
      for (long entry : edges) {
        if (entry != 0) {
          put(larger, shift - 1, entry);
        }
      }
      edges = larger;
      shift--;
    }
    return last;
  }

  private static void put(long[] into, int shift, long entry) {
    int slot = slot(entry >>> BITS, shift);
    while (into[slot] != 0) {
      slot = (slot + 1) & (into.length - 1);
    }
    into[slot] = entry;
  }

  private static long edge(int parent, int point) {
    return (long) parent << BITS | point;
  }

  private static int slot(long edge, int shift) {
    return (int) ((edge * 0x9E3779B97F4A7C15L) >>> shift);
  }

  private int child(int parent, int point) {
    long edge = edge(parent, point);
    long[] table = edges;
    int slot = slot(edge, shift);
    while (true) {
      long entry = table[slot];
      if (entry >>> BITS == edge) {
        return (int) entry & MASK;
      }
      if (entry == 0) {
        return 0;
      }
      slot = (slot + 1) & (table.length - 1);
    }
  }

  /**
   * Finds the longest piece that begins at a place of a word.
   *
   * @return {@code id << 32 | end}, or -1 where there is none
   */
  long longest(int[] word, int start, int length) {
    int node = start == 0 ? ROOT : continuation;
    long found = -1;
    for (int i = start; i < length; i++) {
      node = child(node, word[i]);
      if (node == 0) {
        break;
      }
      int id = ids[node];
      if (id >= 0) {
        found = (long) id << 32 | (i + 1);
      }
    }
    return found;
  }
}
