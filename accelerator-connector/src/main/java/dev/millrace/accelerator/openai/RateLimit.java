package dev.millrace.accelerator.openai;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Until when a server wants no requests. Safe for use by several threads. */
final class RateLimit {

  private final long zero = System.nanoTime();
  private final AtomicLong until = new AtomicLong();

  /** The server wants none for so long from now on. */
  void obey(Duration pause) {
    until.accumulateAndGet(System.nanoTime() - zero + pause.toNanos(), Math::max);
  }

  /** How long to wait before the next request; zero if it may go now. */
  Duration pause() {
    return Duration.ofNanos(Math.max(0, until.get() - (System.nanoTime() - zero)));
  }
}
