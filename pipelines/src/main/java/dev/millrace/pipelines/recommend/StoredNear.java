package dev.millrace.pipelines.recommend;

import java.nio.IntBuffer;

/**
 * A list of what is near where it lies: the numbers of the items, as {@link NearItems} have them,
 * then the cosines, nearest first. Pointed at one after the other, by one thread.
 */
final class StoredNear {
  private final SharedRecords records;
  private IntBuffer ints = IntBuffer.allocate(0);
  private int at;
  private int size;

  StoredNear(SharedRecords records) {
    this.records = records;
  }

  /**
   * Stores a list.
   *
   * @return the record, a reference to which is the caller's; {@link SharedRecords#NONE} for an
   *     empty list
   */
  static int store(int[] near, float[] cosines, SharedRecords records) {
    int size = near.length;
    if (size == 0) {
      return SharedRecords.NONE;
    }
    int[] content = new int[2 * size];
    System.arraycopy(near, 0, content, 0, size);
    for (int i = 0; i < size; i++) {
      content[size + i] = Float.floatToRawIntBits(cosines[i]);
    }
    return records.store(content, content.length);
  }

  /** Adds a stored list to an item as a checkpoint has it. */
  static void copy(int record, ItemState item, SharedRecords records) {
    int[] content = records.copy(record);
    int size = content.length / 2;
    item.near = new int[size];
    item.cosines = new float[size];
    System.arraycopy(content, 0, item.near, 0, size);
    for (int i = 0; i < size; i++) {
      item.cosines[i] = Float.intBitsToFloat(content[size + i]);
    }
  }

  /** Points this at a record, or at an empty list with {@link SharedRecords#NONE}. */
  StoredNear at(int record) {
    if (record == SharedRecords.NONE) {
      size = 0;
    } else {
      ints = records.ints(record);
      at = SharedRecords.offset(record);
      size = records.length(record) / 2;
    }
    return this;
  }

  int size() {
    return size;
  }

  int item(int i) {
    return ints.get(at + i);
  }

  float cosine(int i) {
    return Float.intBitsToFloat(ints.get(at + size + i));
  }

  /**
   * Stores the list with one more item in it.
   *
   * @param place of the item, up to {@link #size}
   * @param most how many the new list has at most: the farthest is let go of
   * @return the record, a reference to which is the caller's
   */
  int storeWith(int item, float cosine, int place, int most) {
    int length = Math.min(size + 1, most);
    int[] content = new int[2 * length];
    for (int i = 0; i < length; i++) {
      int from = i <= place ? i : i - 1;
      content[i] = i == place ? item : item(from);
      content[length + i] = Float.floatToRawIntBits(i == place ? cosine : cosine(from));
    }
    return records.store(content, content.length);
  }
}
