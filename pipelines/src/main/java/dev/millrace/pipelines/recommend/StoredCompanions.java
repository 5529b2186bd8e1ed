package dev.millrace.pipelines.recommend;

import java.nio.IntBuffer;

/**
 * A list of companions where it lies, as {@link CompanionList} has it: when the latest basket was
 * and the weight of all, as two ints each; the numbers of the others; their weights. Pointed at one
 * after the other, by one thread.
 */
final class StoredCompanions {
  private static final int TOTAL_AT = 2;
  private static final int OTHERS_AT = 4;
  private static final int HALF = Integer.SIZE;

  private final SharedRecords records;
  private IntBuffer ints = IntBuffer.allocate(0);
  private int at;
  private int size;

  StoredCompanions(SharedRecords records) {
    this.records = records;
  }

  /**
   * Stores a list.
   *
   * @return the record, a reference to which is the caller's
   */
  static int store(CompanionList list, ItemNames names, SharedRecords records) {
    int size = list.others.length;
    int[] content = new int[OTHERS_AT + 2 * size];
    put(list.last, content, 0);
    put(Double.doubleToRawLongBits(list.total), content, TOTAL_AT);
    for (int i = 0; i < size; i++) {
      content[OTHERS_AT + i] = names.of(list.others[i]).number;
      content[OTHERS_AT + size + i] = Float.floatToRawIntBits(list.weights[i]);
    }
    return records.store(content, content.length);
  }

  private static void put(long value, int[] content, int at) {
    content[at] = (int) (value >>> HALF);
    content[at + 1] = (int) value;
  }

  /** A stored list as it came. */
  static CompanionList copy(int record, String itemId, ItemNames names, SharedRecords records) {
    int[] content = records.copy(record);
    CompanionList list = new CompanionList();
    list.itemId = itemId;
    int size = (content.length - OTHERS_AT) / 2;
    list.last = join(content[0], content[1]);
    list.total = Double.longBitsToDouble(join(content[TOTAL_AT], content[TOTAL_AT + 1]));
    list.others = new String[size];
    list.weights = new float[size];
    for (int i = 0; i < size; i++) {
      list.others[i] = names.numbered(content[OTHERS_AT + i]).id;
      list.weights[i] = Float.intBitsToFloat(content[OTHERS_AT + size + i]);
    }
    return list;
  }

  private static long join(int high, int low) {
    return (long) high << HALF | Integer.toUnsignedLong(low);
  }

  /** Points this at a record. */
  StoredCompanions at(int record) {
    ints = records.ints(record);
    at = SharedRecords.offset(record);
    size = (records.length(record) - OTHERS_AT) / 2;
    return this;
  }

  /** How many others there are. */
  int size() {
    return size;
  }

  /** The number of one of the others, by {@link ItemNames}. */
  int other(int i) {
    return ints.get(at + OTHERS_AT + i);
  }

  float weight(int i) {
    return Float.intBitsToFloat(ints.get(at + OTHERS_AT + size + i));
  }

  double total() {
    return Double.longBitsToDouble(join(ints.get(at + TOTAL_AT), ints.get(at + TOTAL_AT + 1)));
  }

  long last() {
    return join(ints.get(at), ints.get(at + 1));
  }
}
