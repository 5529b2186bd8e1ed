package dev.millrace.pipelines.sql.index;

import dev.millrace.pipelines.vectors.VectorBlocks;
import java.util.Arrays;

/**
 * The vectors of an index that differ, numbered from 0 without gaps, and the items that have each.
 * Equal vectors in a graph would be each other's nearest and leave no links to any other.
 *
 * <p>A vector whose length is no number is none.
 */
final class DistinctVectors {

  private static final int NONE = -1;

  private final int[] firsts;

  /** By item: the next item with the same vector. */
  private final int[] nexts;

  private final int unfit;

  private DistinctVectors(int[] firsts, int[] nexts, int unfit) {
    this.firsts = firsts;
    this.nexts = nexts;
    this.unfit = unfit;
  }

  static DistinctVectors of(VectorBlocks vectors) throws InterruptedException {
    int items = vectors.size();
    int[] firsts = new int[items];
    int[] lasts = new int[items];
    int[] nexts = new int[items];
    int[] table = new int[Math.max(2, Integer.highestOneBit(items) << 2)];
    Arrays.fill(nexts, NONE);
    Arrays.fill(table, NONE);
    float[] vector = new float[vectors.dimension()];
    float[] other = new float[vectors.dimension()];
    int size = 0;
    int unfit = 0;
    for (int item = 0; item < items; item++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      vectors.copyVector(item, vector);
      if (!Double.isFinite(squares(vector))) {
        unfit++;
        continue;
      }
      int at = spread(Arrays.hashCode(vector)) & (table.length - 1);
      int same = NONE;
      while (same == NONE && table[at] != NONE) {
        vectors.copyVector(firsts[table[at]], other);
        if (Arrays.equals(vector, other)) {
          same = table[at];
        } else {
          at = (at + 1) & (table.length - 1);
        }
      }
      if (same == NONE) {
        table[at] = size;
        firsts[size] = item;
        lasts[size] = item;
        size++;
      } else {
        nexts[lasts[same]] = item;
        lasts[same] = item;
      }
    }
    return new DistinctVectors(Arrays.copyOf(firsts, size), nexts, unfit);
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 15);
  }

  static double squares(float[] vector) {
    double squares = 0;
    for (float number : vector) {
      squares += (double) number * number;
    }
    return squares;
  }

  int size() {
    return firsts.length;
  }

  /** How many items have a vector that is none. */
  int unfit() {
    return unfit;
  }

  /** The first of the items that have a vector. */
  int first(int number) {
    return firsts[number];
  }

  /** The next item with the vector of one; negative if it is the last. */
  int next(int item) {
    return nexts[item];
  }
}
