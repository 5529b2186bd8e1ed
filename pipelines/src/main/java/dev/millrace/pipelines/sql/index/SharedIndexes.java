package dev.millrace.pipelines.sql.index;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The indexes of this process: the subtasks of one search share one, which is built by the first
 * that opens it and closed by the last. Safe for use by several threads.
 */
final class SharedIndexes {

  private static final Map<String, Shared> OPEN = new HashMap<>();

  private SharedIndexes() {}

  private static final class Shared {
    final CompletableFuture<ItemIndex> index = new CompletableFuture<>();
    int users;
  }

  /**
   * Opens the index of a source, or joins one that is open.
   *
   * @throws Exception what went wrong in building it
   */
  static ItemIndex open(ItemSource source, IndexSettings settings, ClassLoader classes)
      throws Exception {
    Shared shared;
    boolean first;
    synchronized (OPEN) {
      first = !OPEN.containsKey(source.name());
      shared = OPEN.computeIfAbsent(source.name(), unused -> new Shared());
      shared.users++;
    }
    if (first) {
      try {
        shared.index.complete(ItemIndex.build(source, settings, classes));
      } catch (Exception | Error failure) {
        // Those who wait for it fail alike; those who come later try anew.
        synchronized (OPEN) {
          OPEN.remove(source.name(), shared);
        }
        shared.index.completeExceptionally(failure);
        throw failure;
      }
    }
    try {
      return shared.index.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw failed;
    } catch (InterruptedException given) {
      close(source);
      throw given;
    }
  }

  /** Gives up what {@link #open} gave. */
  static void close(ItemSource source) throws Exception {
    Shared shared;
    synchronized (OPEN) {
      shared = OPEN.get(source.name());
      if (shared == null || --shared.users > 0) {
        return;
      }
      OPEN.remove(source.name());
    }
    shared.index.get().close();
  }
}
