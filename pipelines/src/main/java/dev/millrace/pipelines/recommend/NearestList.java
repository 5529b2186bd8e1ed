package dev.millrace.pipelines.recommend;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The items nearest to one, nearest first, of equals the one with the lower id. It is longer than
 * what is told of it, so that it can lose some before it must be made anew. Plain arrays: every new
 * item is held against every list.
 */
final class NearestList {
  final String itemId;
  final int number;
  int size;

  /** Something was left out: what is farther than the last one may not be entered after it. */
  boolean cut;

  private final NearestList[] nearest;
  private final float[] cosines;

  NearestList(String itemId, int number, int length) {
    this.itemId = itemId;
    this.number = number;
    nearest = new NearestList[length];
    cosines = new float[length];
  }

  void clear() {
    Arrays.fill(nearest, 0, size, null);
    size = 0;
    cut = false;
  }

  /** At which place it is now; behind the last one where it is in none. */
  int insert(NearestList other, float cosine) {
    int at = size;
    while (at > 0 && isBefore(other, cosine, at - 1)) {
      at--;
    }
    if (at == nearest.length || (cut && at == size)) {
      cut = true;
      return nearest.length;
    }
    cut |= size == nearest.length;
    int moved = Math.min(size, nearest.length - 1) - at;
    System.arraycopy(nearest, at, nearest, at + 1, moved);
    System.arraycopy(cosines, at, cosines, at + 1, moved);
    nearest[at] = other;
    cosines[at] = cosine;
    size = Math.min(size + 1, nearest.length);
    return at;
  }

  private boolean isBefore(NearestList other, float cosine, int at) {
    return cosine > cosines[at]
        || (cosine == cosines[at] && other.itemId.compareTo(nearest[at].itemId) < 0);
  }

  /** At which place it was; behind the last one where it was in none. */
  int remove(NearestList other) {
    for (int at = 0; at < size; at++) {
      if (nearest[at] == other) {
        size--;
        System.arraycopy(nearest, at + 1, nearest, at, size - at);
        System.arraycopy(cosines, at + 1, cosines, at, size - at);
        nearest[size] = null;
        return at;
      }
    }
    return nearest.length;
  }

  /** The numbers of the first ones. */
  int[] numbers(int most) {
    int[] numbers = new int[Math.min(size, most)];
    for (int at = 0; at < numbers.length; at++) {
      numbers[at] = nearest[at].number;
    }
    return numbers;
  }

  /** The cosines of the first ones. */
  float[] cosines(int most) {
    return Arrays.copyOf(cosines, Math.min(size, most));
  }

  void write(DataOutputView out) throws IOException {
    out.writeBoolean(cut);
    out.writeInt(size);
    for (int at = 0; at < size; at++) {
      out.writeInt(nearest[at].number);
      out.writeFloat(cosines[at]);
    }
  }

  /** Reads what {@link #write} wrote of a list of the same length. */
  void read(DataInputView in, List<NearestList> byNumber) throws IOException {
    cut = in.readBoolean();
    size = in.readInt();
    for (int at = 0; at < size; at++) {
      nearest[at] = byNumber.get(in.readInt());
      cosines[at] = in.readFloat();
    }
  }

  /** Reads what {@link #write} wrote and keeps nothing of it. */
  static void skip(DataInputView in) throws IOException {
    in.skipBytesToRead(1);
    in.skipBytesToRead(in.readInt() * (Integer.BYTES + Float.BYTES));
  }
}
