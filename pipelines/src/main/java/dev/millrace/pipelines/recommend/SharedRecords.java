package dev.millrace.pipelines.recommend;

import java.nio.IntBuffer;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Runs of ints that never change, off-heap, each there once however many have it: who comes with
 * one that is there already gets that one. All of it is compared, never a hash alone. A record is
 * known by an int, counts how many references there are to it, and its memory is used again when
 * there are none.
 *
 * <p><b>Threads.</b> Safe for use by several. To store, to retain and to release take one short
 * lock. Reading takes none: whoever has a reference was told of it under the lock, after the record
 * was written, and the record stays where it is as long as there is a reference.
 *
 * <p>Its owner closes it, when nobody reads any more but by {@link #copy}.
 */
final class SharedRecords implements AutoCloseable {
  /** No record. */
  static final int NONE = -1;

  // A record: how many references there are, the hash, how many ints it has; the ints.
  private static final int REFERENCES_AT = 0;
  private static final int HASH_AT = 1;
  private static final int LENGTH_AT = 2;
  private static final int CONTENT_AT = 3;

  private static final int FEW = 1 << 10;

  /** What tells records apart most of the time. */
  @FunctionalInterface
  interface Hash {
    int of(int[] ints, int length);
  }

  private final RecordSlabs slabs;
  private final Hash hash;
  private final Object lock = new Object();

  /**
   * An open hash table with linear probing, its length a power of two, at most half full. Guarded
   * by the lock, as all below.
   */
  private int[] table = empty(FEW);

  private int size;
  private boolean closed;

  /**
   * Without any records, and without memory yet.
   *
   * @param allocator it stays the caller's
   */
  SharedRecords(BufferAllocator allocator) {
    this(allocator, SharedRecords::mixed);
  }

  /**
   * @param hash need not be a good one
   */
  SharedRecords(BufferAllocator allocator, Hash hash) {
    slabs = new RecordSlabs(allocator);
    this.hash = hash;
  }

  private static int[] empty(int length) {
    int[] table = new int[length];
    Arrays.fill(table, NONE);
    return table;
  }

  /** As MurmurHash3 mixes words of 32 bits. */
  private static int mixed(int[] ints, int length) {
    int mixed = length;
    for (int i = 0; i < length; i++) {
      mixed ^= Integer.rotateLeft(ints[i] * 0xCC9E2D51, 15) * 0x1B873593;
      mixed = Integer.rotateLeft(mixed, 13) * 5 + 0xE6546B64;
    }
    mixed = (mixed ^ mixed >>> 16) * 0x85EBCA6B;
    mixed = (mixed ^ mixed >>> 13) * 0xC2B2AE35;
    return mixed ^ mixed >>> 16;
  }

  /**
   * The record of some ints, with a reference that the caller owns and releases.
   *
   * @param length of the ints, which come first in the array; it is the caller's again then
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator may give no more; then
   *     nothing has changed
   */
  int store(int[] content, int length) {
    int hashed = hash.of(content, length);
    synchronized (lock) {
      checkOpen();
      int at = hashed & table.length - 1;
      for (; table[at] != NONE; at = at + 1 & table.length - 1) {
        if (holds(table[at], hashed, content, length)) {
          count(table[at], 1);
          return table[at];
        }
      }
      int record = slabs.take(CONTENT_AT + length);
      IntBuffer ints = slabs.ints(record);
      int offset = RecordSlabs.offset(record);
      ints.put(offset + REFERENCES_AT, 1);
      ints.put(offset + HASH_AT, hashed);
      ints.put(offset + LENGTH_AT, length);
      ints.put(offset + CONTENT_AT, content, 0, length);
      table[at] = record;
      size++;
      if (size > table.length / 2) {
        grow();
      }
      return record;
    }
  }

  private boolean holds(int record, int hashed, int[] content, int length) {
    IntBuffer ints = slabs.ints(record);
    int offset = RecordSlabs.offset(record);
    if (ints.get(offset + HASH_AT) != hashed || ints.get(offset + LENGTH_AT) != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (ints.get(offset + CONTENT_AT + i) != content[i]) {
        return false;
      }
    }
    return true;
  }

  private int count(int record, int more) {
    IntBuffer ints = slabs.ints(record);
    int at = RecordSlabs.offset(record) + REFERENCES_AT;
    int references = ints.get(at) + more;
    ints.put(at, references);
    return references;
  }

  private int hashOf(int record) {
    return slabs.ints(record).get(RecordSlabs.offset(record) + HASH_AT);
  }

  private void grow() {
    int[] before = table;
    table = empty(2 * before.length);
    for (int record : before) {
      if (record != NONE) {
        int at = hashOf(record) & table.length - 1;
        while (table[at] != NONE) {
          at = at + 1 & table.length - 1;
        }
        table[at] = record;
      }
    }
  }

  /**
   * One more reference to each of some records, of which there is one already.
   *
   * @param records those that are {@link #NONE} are passed over
   */
  void retain(int[] records) {
    synchronized (lock) {
      checkOpen();
      for (int record : records) {
        if (record != NONE) {
          int unused = count(record, 1);
        }
      }
    }
  }

  /** Gives up one reference to a record; does nothing with {@link #NONE}. */
  void release(int record) {
    if (record != NONE) {
      synchronized (lock) {
        checkOpen();
        drop(record);
      }
    }
  }

  /** The same of several. With none, this may be closed. */
  void release(int[] records) {
    if (records.length == 0) {
      return;
    }
    synchronized (lock) {
      checkOpen();
      for (int record : records) {
        if (record != NONE) {
          drop(record);
        }
      }
    }
  }

  private void drop(int record) {
    if (count(record, -1) > 0) {
      return;
    }
    int at = hashOf(record) & table.length - 1;
    while (table[at] != record) {
      at = at + 1 & table.length - 1;
    }
    empty(at, table);
    size--;
    slabs.giveBack(record);
  }

  /** Empties a place, into which those move that were beside theirs for it. */
  private void empty(int place, int[] in) {
    int hole = place;
    for (int at = hole + 1 & in.length - 1; in[at] != NONE; at = at + 1 & in.length - 1) {
      int wanted = hashOf(in[at]) & in.length - 1;
      if ((at - wanted & in.length - 1) >= (at - hole & in.length - 1)) {
        in[hole] = in[at];
        hole = at;
      }
    }
    in[hole] = NONE;
  }

  /** The ints of a record to which the caller has a reference, among others. */
  IntBuffer ints(int record) {
    return slabs.ints(record);
  }

  /** Where a record begins in {@link #ints}. */
  static int offset(int record) {
    return RecordSlabs.offset(record) + CONTENT_AT;
  }

  /** How many ints a record has. */
  int length(int record) {
    return slabs.ints(record).get(RecordSlabs.offset(record) + LENGTH_AT);
  }

  /**
   * A copy of a record, under the lock: for a thread that may come when this is closed, or when the
   * reference is gone that it relies on. What it gets then is without meaning, if it gets anything.
   *
   * @throws IllegalStateException if this is closed, or there is no such record
   */
  int[] copy(int record) {
    synchronized (lock) {
      checkOpen();
      IntBuffer ints = ints(record);
      int offset = offset(record);
      int length = offset > ints.limit() ? NONE : length(record);
      if (length < 0 || length > ints.limit() - offset) {
        throw new IllegalStateException(
            "A list of the feed's items is gone: whoever reads it has no reference to it any more.");
      }
      int[] copy = new int[length];
      ints.get(offset, copy);
      return copy;
    }
  }

  /** How many records there are. */
  int size() {
    synchronized (lock) {
      return size;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "The lists of the feed's items are closed: all subtasks of the job that were in this process are over.");
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (!closed) {
        closed = true;
        slabs.close();
      }
    }
  }
}
