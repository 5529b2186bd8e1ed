package dev.millrace.accelerator.remote;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The places for runs at a server: as many run at once, the others wait in order. */
public final class Places {

  /** Who waits for a place. */
  interface Guest {

    /** There is a place. Called once. False if it is not wanted any more. */
    boolean seat();
  }

  private final Deque<Guest> waiting = new ArrayDeque<>();
  private int free;

  /**
   * @param count how many there are, at least 1
   */
  public Places(int count) {
    this.free = count;
  }

  /** Seats a guest, on this thread or, when a place is left, on that which leaves it. */
  void enter(Guest guest) {
    synchronized (this) {
      if (free == 0) {
        waiting.add(guest);
        return;
      }
      free--;
    }
    if (!guest.seat()) {
      leave();
    }
  }

  /** Gives a place up. */
  void leave() {
    for (Guest next = next(); next != null; next = next()) {
      if (next.seat()) {
        return;
      }
    }
  }

  private synchronized @Nullable Guest next() {
    Guest next = waiting.poll();
    if (next == null) {
      free++;
    }
    return next;
  }
}
