package dev.millrace.accelerator.time;

/** A clock that also does things later. Safe for use by several threads. */
public interface Clock extends AutoCloseable {

  /** Nanoseconds since some moment; never goes back. */
  long nanos();

  /**
   * Does something once, on a thread of the clock, which must not be blocked. After {@link #close}
   * it is not done any more.
   *
   * @param nanos from now; 0 or less for at once, but never within this call
   */
  Alarm after(long nanos, Runnable action);

  /** What is yet to be done is given up. Idempotent. */
  @Override
  void close();

  /** Something that is to be done later. */
  interface Alarm {

    /** Does nothing if it has been done. */
    void cancel();
  }
}
