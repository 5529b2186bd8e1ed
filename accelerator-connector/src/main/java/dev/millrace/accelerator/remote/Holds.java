package dev.millrace.accelerator.remote;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long something lives that several need: by a count of holds, one of its owner and one of each
 * who uses it. Whoever gives the last one up frees it, so that a close never waits and never takes
 * anything from a user.
 */
public final class Holds implements AutoCloseable {

  private final AtomicInteger holds = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Runnable free;

  /**
   * @param free called once, by whoever gives up the last hold
   */
  public Holds(Runnable free) {
    this.free = free;
  }

  /** Takes a hold; false if the session is closed. */
  public boolean hold() {
    return !closed.get() && holds.getAndUpdate(held -> held == 0 ? 0 : held + 1) > 0;
  }

  /** Gives a hold up. */
  public void release() {
    if (holds.decrementAndGet() == 0) {
      free.run();
    }
  }

  /** Gives up the owner's hold. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }
}
