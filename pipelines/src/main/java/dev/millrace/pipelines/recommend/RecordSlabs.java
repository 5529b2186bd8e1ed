package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.OffHeapMemory;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap places for runs of ints, each of the length that is asked for. A slab has places of one
 * size, which is at most an eighth more than what lies in it. Places that are given back are used
 * again, and a slab goes when all of its places are free; of each size one such slab may wait,
 * unless it has one place only.
 *
 * <p>A place is known by an int: which slab, and where in it.
 *
 * <p>Used by one thread at a time, but for {@link #ints}.
 */
final class RecordSlabs implements AutoCloseable {
  /** In which a place begins at a multiple of {@link #UNIT} ints. */
  private static final int SLAB_INTS = 1 << 14;

  private static final int UNIT = 4;
  private static final int OFFSET_BITS = 12;
  private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
  private static final int MOST_SLABS = 1 << (Integer.SIZE - 1 - OFFSET_BITS);

  /** So many sizes from one power of two to the next. */
  private static final int SIZES = 8;

  private static final int NONE = -1;
  private static final IntBuffer NOTHING = IntBuffer.allocate(0);

  private final BufferAllocator allocator;
  private final List<@Nullable Slab> slabs = new ArrayList<>();
  private final BitSet used = new BitSet();

  /** By the size of their places: those that have a free one. */
  private final Map<Integer, List<Slab>> withRoom = new HashMap<>();

  /** By slab. Written before the place of any new slab is known to anybody. */
  private volatile IntBuffer[] ints = new IntBuffer[16];

  /**
   * Without memory yet.
   *
   * @param allocator it stays the caller's
   */
  RecordSlabs(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** Memory for places of one size. The first int of a free place says which one is free next. */
  private static final class Slab implements AutoCloseable {
    final int number;
    final int size;
    final int places;
    final ArrowBuf memory;
    final IntBuffer ints;

    /** How many are not free. */
    int taken;

    /** How many have ever been taken: the others are behind them. */
    private int begun;

    private int free = NONE;

    /** In the list of those with room. */
    int position;

    Slab(int number, int size, BufferAllocator allocator) {
      this.number = number;
      this.size = size;
      places = Math.max(1, SLAB_INTS / size);
      long bytes = (long) Math.max(SLAB_INTS, size) * Integer.BYTES;
      memory = allocator.buffer(bytes);
      ints = memory.nioBuffer(0, (int) bytes).order(ByteOrder.nativeOrder()).asIntBuffer();
    }

    boolean hasRoom() {
      return taken < places;
    }

    int take() {
      taken++;
      if (free == NONE) {
        return begun++ * size;
      }
      int offset = free;
      free = ints.get(offset);
      return offset;
    }

    void giveBack(int offset) {
      taken--;
      ints.put(offset, free);
      free = offset;
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  /**
   * Takes a place.
   *
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator may give no more; then
   *     nothing has changed
   */
  int take(int length) {
    int size = sizeFor(length);
    List<Slab> room = withRoom.computeIfAbsent(size, any -> new ArrayList<>());
    Slab slab = room.isEmpty() ? open(size, room) : room.get(room.size() - 1);
    int offset = slab.take();
    if (!slab.hasRoom()) {
      leave(slab, room);
    }
    return slab.number << OFFSET_BITS | offset / UNIT;
  }

  /** Gives a place back that was taken. */
  void giveBack(int place) {
    Slab slab = Objects.requireNonNull(slabs.get(place >>> OFFSET_BITS));
    List<Slab> room = withRoom.computeIfAbsent(slab.size, any -> new ArrayList<>());
    if (!slab.hasRoom()) {
      join(slab, room);
    }
    slab.giveBack(offset(place));
    if (slab.taken == 0 && (room.size() > 1 || slab.places == 1)) {
      leave(slab, room);
      close(slab);
    }
  }

  private Slab open(int size, List<Slab> room) {
    int number = used.nextClearBit(0);
    if (number == MOST_SLABS) {
      throw new IllegalStateException(
          "The lists of the feed's items fill all %,d blocks of %,d bytes that there can be in one process: run the job's subtasks in more TaskManagers."
              .formatted(MOST_SLABS, SLAB_INTS * Integer.BYTES));
    }
    Slab slab = open(number, size);
    used.set(number);
    if (number == slabs.size()) {
      slabs.add(slab);
    } else {
      slabs.set(number, slab);
    }
    IntBuffer[] all = ints;
    if (number >= all.length) {
      all = Arrays.copyOf(all, 2 * all.length);
    }
    all[number] = slab.ints;
    ints = all;
    join(slab, room);
    return slab;
  }

  private Slab open(int number, int size) {
    try {
      return new Slab(number, size, allocator);
    } catch (OutOfMemoryException full) {
      throw new OutOfMemoryException(
          "The lists of the feed's items have %,d bytes of off-heap memory and need more, and the process has %,d at most for all that it does: raise it, by -D%s=BYTES."
              .formatted(
                  allocator.getAllocatedMemory(),
                  OffHeapMemory.limitBytes(),
                  OffHeapMemory.LIMIT_PROPERTY),
          full);
    }
  }

  private void close(Slab slab) {
    slabs.set(slab.number, null);
    used.clear(slab.number);
    ints[slab.number] = NOTHING;
    slab.close();
  }

  private static void join(Slab slab, List<Slab> room) {
    slab.position = room.size();
    room.add(slab);
  }

  private static void leave(Slab slab, List<Slab> room) {
    Slab last = room.remove(room.size() - 1);
    if (last != slab) {
      room.set(slab.position, last);
      last.position = slab.position;
    }
  }

  /** The ints of the slab of a place. Safe for any thread that was told of the place. */
  IntBuffer ints(int place) {
    return ints[place >>> OFFSET_BITS];
  }

  /** Where a place begins in {@link #ints}. */
  static int offset(int place) {
    return (place & OFFSET_MASK) * UNIT;
  }

  private static int sizeFor(int length) {
    int step = Math.max(UNIT, Integer.highestOneBit(length) / SIZES);
    return (length + step - 1) / step * step;
  }

  @Override
  public void close() {
    for (Slab slab : slabs) {
      if (slab != null) {
        slab.close();
      }
    }
    slabs.clear();
    used.clear();
    withRoom.clear();
  }
}
