package dev.millrace.accelerator.time;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** A clock that stands still until it is turned. Everything happens on the thread that turns it. */
public final class VirtualClock implements Clock {

  private static final class Entry {
    final long at;
    final long order;
    final Runnable action;
    boolean cancelled;

    Entry(long at, long order, Runnable action) {
      this.at = at;
      this.order = order;
      this.action = action;
    }
  }

  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(
          Comparator.<Entry>comparingLong(entry -> entry.at).thenComparingLong(e -> e.order));
  private long now;
  private long orders;

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public Alarm after(long nanos, Runnable action) {
    long at = now + Math.max(0, nanos);
    Entry entry = new Entry(at < 0 ? Long.MAX_VALUE : at, orders++, action);
    entries.add(entry);
    return () -> entry.cancelled = true;
  }

  /** Turns it on by so much, and does all that is due. */
  public void advance(long nanos) {
    long until = now + nanos;
    while (!entries.isEmpty() && entries.peek().at <= until) {
      step();
    }
    now = until;
  }

  /** Turns it on until something is so, or so much time has passed. */
  public boolean advanceUntil(BooleanSupplier isSo, long mostNanos) {
    long until = now + mostNanos;
    while (!isSo.getAsBoolean()) {
      if (entries.isEmpty() || entries.peek().at > until) {
        return false;
      }
      step();
    }
    return true;
  }

  private void step() {
    Entry entry = entries.remove();
    now = Math.max(now, entry.at);
    if (!entry.cancelled) {
      entry.action.run();
    }
  }

  /** For many that share one: a view that a close does not end. */
  public Clock shared() {
    return new Clock() {
      @Override
      public long nanos() {
        return VirtualClock.this.nanos();
      }

      @Override
      public Alarm after(long nanos, Runnable action) {
        return VirtualClock.this.after(nanos, action);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {
    entries.clear();
  }
}
