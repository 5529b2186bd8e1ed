package dev.millrace.operators;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Where the entries of a {@link VectorCache} lie, by their hash: one open-addressing table,
 * off-heap, of pairs of a hash and a place. Several entries may have one hash.
 */
final class VectorIndex implements AutoCloseable {

  /** No slot, or no place. */
  static final long NONE = -1;

  private static final int SLOT_BYTES = 2 * Long.BYTES;

  private final ArrowBuf table;
  private final long address;
  private final long mask;

  /**
   * @param entries the most there will be at once
   */
  VectorIndex(BufferAllocator allocator, long entries) {
    this.table = allocator.buffer(bytesFor(entries));
    this.address = table.memoryAddress();
    this.mask = bytesFor(entries) / SLOT_BYTES - 1;
    // A slot holds its place plus one, so that zero is an empty one.
    table.setZero(0, bytesFor(entries));
  }

  /** Bytes of a table for so many entries, of which at least a quarter stays empty. */
  static long bytesFor(long entries) {
    long slots = Long.highestOneBit(Math.max(8, entries + entries / 3) * 2 - 1);
    return slots * SLOT_BYTES;
  }

  long bytes() {
    return (mask + 1) * SLOT_BYTES;
  }

  private long at(long slot) {
    return address + slot * SLOT_BYTES;
  }

  /** The first slot with a hash, or {@link #NONE}. */
  long first(long hash) {
    return from(hash & mask, hash);
  }

  /** The next slot with a hash after one that has it, or {@link #NONE}. */
  long next(long slot, long hash) {
    return from((slot + 1) & mask, hash);
  }

  private long from(long start, long hash) {
    for (long slot = start; ; slot = (slot + 1) & mask) {
      if (place(slot) == NONE) {
        return NONE;
      }
      if (MemoryUtil.getLong(at(slot)) == hash) {
        return slot;
      }
    }
  }

  /** The place that a slot holds, or {@link #NONE}. */
  long place(long slot) {
    return MemoryUtil.getLong(at(slot) + Long.BYTES) - 1;
  }

  void add(long hash, long place) {
    long slot = hash & mask;
    while (place(slot) != NONE) {
      slot = (slot + 1) & mask;
    }
    set(slot, hash, place);
  }

  /** Takes note that the entry with this hash and place lies elsewhere now. */
  void move(long hash, long place, long newPlace) {
    set(slotOf(hash, place), hash, newPlace);
  }

  /** Forgets the entry with this hash and place. */
  void remove(long hash, long place) {
    long hole = slotOf(hash, place);
    // Entries behind the hole move up, but for those that would come to lie before their own slot.
    for (long slot = (hole + 1) & mask; place(slot) != NONE; slot = (slot + 1) & mask) {
      long other = MemoryUtil.getLong(at(slot));
      if (((slot - other) & mask) >= ((slot - hole) & mask)) {
        set(hole, other, place(slot));
        hole = slot;
      }
    }
    set(hole, 0, NONE);
  }

  private long slotOf(long hash, long place) {
    long slot = first(hash);
    while (place(slot) != place) {
      slot = next(slot, hash);
    }
    return slot;
  }

  private void set(long slot, long hash, long place) {
    MemoryUtil.putLong(at(slot), hash);
    MemoryUtil.putLong(at(slot) + Long.BYTES, place + 1);
  }

  @Override
  public void close() {
    table.close();
  }
}
