package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.DeviceState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * What a pool thinks of a device, and when it tries one that it has taken out of work. Times are
 * the clock's nanoseconds. Guarded by the pool's lock.
 */
final class Health {

  /** Why a device is taken out of work. */
  enum Cause {
    /** It failed: one that does so too often is left out. */
    FAULT,
    /** Its answer was none, which may be the batch's fault: the next try will tell. */
    DOUBT,
    /** It took no work, as a server that is being started again. */
    REFUSAL
  }

  /** So many failures within {@link #STRIKES_COUNT_FOR}, and it is out of work. */
  private static final int MOST_STRIKES = 3;

  private static final long STRIKES_COUNT_FOR = TimeUnit.SECONDS.toNanos(60);

  /** So many answers without a failure, and it is trusted again. */
  private static final int GOOD_ENOUGH = 16;

  /** A fall and two relapses. */
  private static final int MOST_FALLS = 3;

  private static final long FALLS_COUNT_FOR = TimeUnit.HOURS.toNanos(24);
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(60);

  private final Random jitter;
  private final Deque<Long> falls = new ArrayDeque<>();
  private DeviceState state = DeviceState.LOADING;
  private String reason = "its model is being loaded";
  private int strikes;
  private long lastStrike;
  private int good;
  private int tries;
  private long tryAt;
  private long fallsEver;
  private boolean isInDoubt;
  private boolean forGood;
  private boolean sick;

  Health(long seed) {
    this.jitter = new Random(seed);
  }

  DeviceState state() {
    return state;
  }

  String reason() {
    return reason;
  }

  /** How often it was taken out of work. */
  long falls() {
    return fallsEver;
  }

  /** Whether it will not be tried again. */
  boolean isForGood() {
    return forGood;
  }

  /** It answered a batch. */
  void good() {
    if (state == DeviceState.DEGRADED && ++good >= GOOD_ENOUGH) {
      state = DeviceState.UP;
      reason = "";
      strikes = 0;
    }
  }

  /**
   * It failed a batch, in a way that may be the last of it or not.
   *
   * @return whether that was one too many: then it is to fall
   */
  boolean strike(String why, long now) {
    if (!state.works()) {
      return false;
    }
    strikes = now - lastStrike > STRIKES_COUNT_FOR ? 1 : strikes + 1;
    lastStrike = now;
    good = 0;
    if (strikes >= MOST_STRIKES) {
      return true;
    }
    state = DeviceState.DEGRADED;
    reason = why;
    return false;
  }

  /** It gets no work until it has shown that it can do it. */
  void fall(String why, long now, Cause cause) {
    state = DeviceState.PROBATION;
    reason = why;
    fallsEver++;
    tries = 0;
    tryAt = now;
    isInDoubt = cause == Cause.DOUBT;
    if (cause == Cause.FAULT) {
      count(now);
    }
  }

  private void count(long now) {
    isInDoubt = false;
    falls.add(now);
    forget(now);
    if (falls.size() >= MOST_FALLS) {
      state = DeviceState.OUT;
      reason =
          "it was taken out of work " + falls.size() + " times in 24 h, last because " + reason;
      tryAt = falls.getFirst() + FALLS_COUNT_FOR;
    }
  }

  private void forget(long now) {
    while (!falls.isEmpty() && now - falls.getFirst() > FALLS_COUNT_FOR) {
      falls.remove();
    }
  }

  /** What was in doubt turns out to be the device's own fault. */
  void blame(long now) {
    if (state == DeviceState.PROBATION && isInDoubt) {
      count(now);
    }
  }

  /** Whether it is time to try it. */
  boolean isTryDue(long now) {
    return !forGood
        && !sick
        && (state == DeviceState.PROBATION || state == DeviceState.OUT)
        && now - tryAt >= 0;
  }

  /** Nothing else is left: it is tried although it has fallen too often. */
  void tryAsLastResort(long now) {
    if (state == DeviceState.OUT && !forGood && tryAt - now > LONGEST_PAUSE) {
      tryAt = now + pause();
    }
  }

  /** It was tried, and failed. */
  void triedInVain(String why, long now) {
    reason = why;
    if (state == DeviceState.LOADING) {
      state = DeviceState.PROBATION;
    }
    tryAt = now + pause();
    tries++;
  }

  private long pause() {
    long pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(tries, 10));
    return (long) (pause * (0.8 + 0.4 * jitter.nextDouble()));
  }

  /** It was tried, and is well. */
  void back() {
    boolean first = state == DeviceState.LOADING;
    state = first ? DeviceState.UP : DeviceState.DEGRADED;
    reason = first ? "" : "it came back after: " + reason;
    strikes = 0;
    good = 0;
    tries = 0;
  }

  /** Whether its telemetry calls it sick: then it is not tried. */
  void setSick(boolean isSick) {
    sick = isSick;
  }

  /** It has fallen in a way that does not heal: a person must look after it. */
  void quarantine() {
    if (state != DeviceState.LOADING) {
      state = DeviceState.OUT;
      forGood = true;
    }
  }

  /** It cannot do this work, now and later. */
  void giveUp(String why) {
    state = DeviceState.OUT;
    reason = why;
    forGood = true;
  }
}
