package dev.millrace.accelerator.sim;

import java.util.List;
import java.util.Locale;

/** What can go wrong with a simulated device. */
enum Fault {
  /** A batch fails, in a way that says nothing of it. */
  FAIL,
  /** A batch is never answered, and its place at the device stays taken. */
  HANG,
  /** A batch takes longer, by the device's slow-factor. */
  SLOW,
  /** The device cannot be cooled: it gets hot as it works, throttles, and goes off. */
  OVERHEAT,
  /** A batch is told to need too much memory. */
  OUT_OF_MEMORY,
  /** A row's answer is not a number, or a generated one breaks off. */
  NAN,
  /** The rows have another number of numbers, or a generated answer breaks off. */
  WRONG_SHAPE,
  /** The answers are others than they should be, and look well. */
  LIE,
  /** The device is gone: it cannot be opened, and what it had in its hands fails. */
  DIE;

  /** As users write it. */
  String parameter() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a batch that it happens to has no answer. */
  boolean isTold() {
    return this == FAIL || this == HANG || this == OUT_OF_MEMORY || this == DIE;
  }

  /** Those that are for a time and not for one batch. */
  boolean needsTimes() {
    return this == OVERHEAT || this == DIE;
  }

  /**
   * When it happens.
   *
   * @param rate the share of batches that it happens to, 0 to 1
   * @param times when it happens to all batches
   */
  record Plan(double rate, List<Window> times) {

    static final Plan NEVER = new Plan(0, List.of());

    Plan {
      times = List.copyOf(times);
    }

    /** Whether it is such a time. */
    boolean isAt(long nanos) {
      for (Window time : times) {
        if (nanos >= time.from && nanos < time.to) {
          return true;
        }
      }
      return false;
    }

    /** When such a time next begins; {@link Long#MAX_VALUE} for never. */
    long nextAfter(long nanos) {
      long next = Long.MAX_VALUE;
      for (Window time : times) {
        if (time.from > nanos) {
          next = Math.min(next, time.from);
        }
      }
      return next;
    }
  }

  /**
   * A time, in nanoseconds from the device's beginning.
   *
   * @param to the first moment after it
   */
  record Window(long from, long to) {}
}
