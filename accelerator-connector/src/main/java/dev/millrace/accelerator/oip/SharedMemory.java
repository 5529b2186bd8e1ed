package dev.millrace.accelerator.oip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Memory that this process and a server on the same host both see, cut into slots of one size: a
 * request takes one for its tensors and its answer, and gives it back. A slot into which a server
 * may still write, since nobody waited for its answer, is not used again.
 *
 * <p>Safe for use by several threads.
 */
final class SharedMemory {

  /** Where Linux keeps POSIX shared memory; a key is a file's name there. */
  private static final Path PLACE = Path.of("/dev/shm");

  private static final int SLOT_BYTES = 4 << 20;

  /** So that tensors begin where wide instructions like it. */
  private static final int ALIGNMENT = 64;

  private final String name;
  private final Path file;
  private final MappedByteBuffer memory;
  private final Deque<Slot> free = new ArrayDeque<>();
  private boolean lost;

  private SharedMemory(String name, Path file, MappedByteBuffer memory, int slots) {
    this.name = name;
    this.file = file;
    this.memory = memory;
    for (int i = 0; i < slots; i++) {
      free.add(new Slot(i * SLOT_BYTES));
    }
  }

  static boolean isPossible() {
    return Files.isDirectory(PLACE) && Files.isWritable(PLACE);
  }

  /** Makes memory of so many slots, which nobody else knows of yet. */
  static SharedMemory make(int slots) throws IOException {
    String name = "millrace-" + UUID.randomUUID();
    // Only this user's processes, of which the server then must be one.
    Path file =
        Files.createFile(
            PLACE.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long bytes = (long) slots * SLOT_BYTES;
      return new SharedMemory(
          name, file, channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes), slots);
    }
  }

  /** What the server is to call it. */
  String name() {
    return name;
  }

  /** How the server finds it. */
  String key() {
    return "/" + name;
  }

  int bytes() {
    return memory.capacity();
  }

  /** Takes its name away, so that nothing is left when both processes have let it go. */
  void hide() throws IOException {
    Files.deleteIfExists(file);
  }

  /** The server does not know it any more, as after a start: no slot is taken from now on. */
  synchronized void lose() {
    lost = true;
    free.clear();
  }

  /** A slot of at least so many bytes; null if there is none. */
  synchronized @Nullable Slot take(long bytes) {
    return bytes > SLOT_BYTES ? null : free.poll();
  }

  private synchronized void giveBack(Slot slot) {
    if (!lost) {
      free.add(slot);
    }
  }

  /** The bytes that so many take with what aligns the next. */
  static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** A part of the memory, for one request at a time. */
  final class Slot {
    private final int start;

    private Slot(int start) {
      this.start = start;
    }

    /** Where a place in the slot is in the whole memory. */
    long offset(long place) {
      return start + place;
    }

    /** A view of some of its bytes. */
    ByteBuffer view(long place, long bytes) {
      return memory
          .slice(Math.toIntExact(offset(place)), Math.toIntExact(bytes))
          .order(ByteOrder.nativeOrder());
    }

    /** The server has answered: it can be used again. */
    void giveBack() {
      SharedMemory.this.giveBack(this);
    }
  }
}
