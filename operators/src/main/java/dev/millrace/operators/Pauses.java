package dev.millrace.operators;

import java.time.Duration;
import java.util.Random;

/**
 * How long to wait before another try: twice as long each time up to a bound, and each time by
 * chance up to a half less, so that those who failed together do not come back together. Used on
 * the task's thread.
 */
final class Pauses {

  private static final long FIRST_MILLIS = 50;
  private static final long LONGEST_MILLIS = 10_000;
  private static final int MOST_DOUBLINGS = 20;

  private final Random random;

  /** Equal seeds give equal pauses. */
  Pauses(long seed) {
    this.random = new Random(seed);
  }

  /**
   * A pause.
   *
   * @param before how many there were before it, from 0
   */
  Duration next(int before) {
    long full = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(before, MOST_DOUBLINGS));
    return Duration.ofMillis(full - random.nextInt((int) full / 2 + 1));
  }
}
