package dev.millrace.jobs.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at this process's resident memory every now and then, until it is closed. */
final class ResidentMemory implements AutoCloseable {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private record Look(long atMillis, long bytes) {}

  private final List<Look> looks = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "resident memory");
            made.setDaemon(true);
            return made;
          });

  private ResidentMemory() {}

  static ResidentMemory watch() {
    ResidentMemory memory = new ResidentMemory();
    var unused =
        memory.thread.scheduleAtFixedRate(
            memory::look, 0, BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
    return memory;
  }

  private void look() {
    try {
      looks.add(new Look(System.currentTimeMillis(), Usage.residentBytes()));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The most bytes between two moments, in milliseconds of the epoch. */
  long most(long fromMillis, long untilMillis) {
    return looks.stream()
        .filter(look -> look.atMillis() >= fromMillis && look.atMillis() <= untilMillis)
        .mapToLong(Look::bytes)
        .max()
        .orElseThrow(() -> new IllegalStateException("The job was over before memory was read."));
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
