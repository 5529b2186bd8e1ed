package dev.millrace.accelerator;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The batches that one reactive stream owns at a moment: no longer their sender's and not yet their
 * receiver's.
 *
 * <p>Reactor's operators drop what is in their queues when a stream is cancelled or fails, and not
 * all of them say so. So what goes through them is a {@link Held}, and the batch itself is here:
 * each is either taken by one receiver or closed by {@link #close()}, whichever comes first, and
 * what is put here afterwards is closed at once.
 */
final class OwnedBatches implements AutoCloseable {

  private final Set<Held> held = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Takes a batch over from the caller. */
  Held hold(ArrowBatch batch) {
    Held one = new Held(batch);
    held.add(one);
    // After the adding: whoever closes in between has either seen it, or is seen here.
    if (closed) {
      one.close();
    }
    return one;
  }

  /** Closes all that nobody has taken. */
  @Override
  public void close() {
    closed = true;
    held.forEach(Held::close);
  }

  /** One batch, on its way. */
  final class Held {
    private final AtomicReference<@Nullable ArrowBatch> batch;

    private Held(ArrowBatch batch) {
      this.batch = new AtomicReference<>(batch);
    }

    /** The batch, which is the caller's from here on; null if another was first. */
    @Nullable ArrowBatch take() {
      held.remove(this);
      return batch.getAndSet(null);
    }

    private void close() {
      ArrowBatch mine = take();
      if (mine != null) {
        mine.close();
      }
    }
  }
}
