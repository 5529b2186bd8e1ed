package dev.millrace.jobs.bench;

import java.util.concurrent.locks.LockSupport;

/**
 * A device that does one call at a time, each for a price in time. It uses no processor: a caller
 * sleeps until its call is done. Those who come meanwhile wait for their turn.
 *
 * <p>Sleepers wake late, by some microseconds. The next call begins when the one before was due,
 * and not when its caller woke, so that this does not add up.
 *
 * <p>Safe for use by several threads.
 */
final class Lane {

  private final long nanosOfCall;
  private final long nanosOfText;
  private long freeAt = System.nanoTime();

  Lane(long nanosOfCall, long nanosOfText) {
    this.nanosOfCall = nanosOfCall;
    this.nanosOfText = nanosOfText;
  }

  /** Returns when a call with so many texts is done. */
  void pass(int texts) {
    long due = book(texts);
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }

  private synchronized long book(int texts) {
    long now = System.nanoTime();
    freeAt = (now - freeAt > 0 ? now : freeAt) + nanosOfCall + texts * nanosOfText;
    return freeAt;
  }
}
