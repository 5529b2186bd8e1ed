package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks over the pool again and again: for batches that are late or lost, for devices that are to
 * be tried, and for batches that no device will take.
 */
final class Watch {

  private static final long WHILE_BUSY = TimeUnit.MILLISECONDS.toNanos(25);
  private static final long WHILE_IDLE = TimeUnit.MILLISECONDS.toNanos(250);

  /** A device without a history may be compiling its kernels. */
  private static final long LOST_WITHOUT_HISTORY = TimeUnit.SECONDS.toNanos(60);

  private static final long LOST_AT_LEAST_AFTER = TimeUnit.SECONDS.toNanos(10);
  private static final int LOST_AFTER_TIMES_EXPECTED = 20;

  /** Less is not worth a second device's time. */
  private static final long LATE_AT_LEAST_AFTER = TimeUnit.MILLISECONDS.toNanos(100);

  /** Second tries for each answer, and how many may be saved up. */
  private static final double HEDGES_AN_ANSWER = 0.02;

  private static final double MOST_HEDGES = 8;

  /** So long a batch waits while no device works. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  private final Dispatch dispatch;
  private final Judge judge;
  private final Keeper keeper;
  private final Clock clock;

  // Guarded by the monitor of dispatch from here on.

  private double hedges = 1;
  private boolean closed;

  Watch(Dispatch dispatch, Judge judge, Keeper keeper, Clock clock) {
    this.dispatch = dispatch;
    this.judge = judge;
    this.keeper = keeper;
    this.clock = clock;
  }

  void begin() {
    look();
  }

  /** A batch was answered: a share of a second try is earned. */
  void answered() {
    hedges = Math.min(MOST_HEDGES, hedges + HEDGES_AN_ANSWER);
  }

  private void look() {
    Effects effects = new Effects();
    boolean busy = false;
    synchronized (dispatch) {
      if (closed) {
        return;
      }
      long now = clock.nanos();
      for (Device device : dispatch.devices()) {
        lookAt(device, now, effects);
        busy |= !device.held().isEmpty() || device.health().state() == DeviceState.LOADING;
      }
      busy |= !dispatch.queue().isEmpty();
      failTheForlorn(now, effects);
    }
    effects.carryOut();
    Clock.Alarm unused = clock.after(busy ? WHILE_BUSY : WHILE_IDLE, this::look);
  }

  private void lookAt(Device device, long now, Effects effects) {
    Attempt lost = firstLost(device, now);
    if (lost != null) {
      judge.failed(
          lost,
          new AcceleratorException(
              Category.TIMEOUT,
              "The accelerator "
                  + device.member().uri()
                  + " did not answer a batch of "
                  + lost.rows()
                  + " rows within "
                  + TimeUnit.NANOSECONDS.toMillis(now - lost.begunAt())
                  + " ms, where "
                  + (long) (device.speed().expect(lost.tokens()) / 1e6)
                  + " ms are usual."),
          now,
          effects);
      lost.drop();
      effects.cancel(lost);
    } else if (hedges >= 1 && dispatch.queue().isEmpty()) {
      hedgeLate(device, now, effects);
    }
    dispatch.refresh(device, now);
    dispatch.fill(device, now, effects);
    if (!dispatch.isAnyWorking()) {
      device.health().tryAsLastResort(now);
    }
    keeper.beginDue(device, now, effects);
  }

  private static @Nullable Attempt firstLost(Device device, long now) {
    if (keepsDeadline(device)) {
      return null;
    }
    Speed speed = device.speed();
    for (Attempt attempt : device.held()) {
      long limit =
          speed.hasHistory()
              ? Math.max(
                  LOST_AT_LEAST_AFTER,
                  (long) (speed.expect(attempt.tokens()) * LOST_AFTER_TIMES_EXPECTED))
              : LOST_WITHOUT_HISTORY;
      if (attempt.hasBegun() && now - attempt.begunAt() > limit) {
        return attempt;
      }
    }
    return null;
  }

  /** How long its batches take says nothing of it then: a longer answer takes longer. */
  private static boolean keepsDeadline(Device device) {
    InferenceSession session = device.session();
    return session != null && session.keepsDeadline();
  }

  private void hedgeLate(Device device, long now, Effects effects) {
    if (!device.speed().hasHistory() || keepsDeadline(device)) {
      return;
    }
    for (Attempt attempt : device.held()) {
      long age = now - attempt.begunAt();
      if (attempt.hasBegun()
          && !attempt.isHedged()
          && !attempt.run().isOver()
          && age > LATE_AT_LEAST_AFTER
          && age > device.speed().lateAfter(attempt.tokens())) {
        Device other = dispatch.choose(attempt.tokens(), List.of(device), now);
        if (other != null && other.isIdle(now)) {
          hedges--;
          attempt.hedge();
          device.hedged();
          dispatch.start(attempt.run(), other, now, effects);
          return;
        }
      }
    }
  }

  private void failTheForlorn(long now, Effects effects) {
    if (dispatch.devices().stream().anyMatch(device -> device.works() && device.share() > 0)) {
      return;
    }
    boolean forGood = dispatch.devices().stream().allMatch(device -> device.health().isForGood());
    while (!dispatch.queue().isEmpty()
        && (forGood || now - dispatch.queue().getFirst().queuedAt() > PATIENCE)) {
      PoolRun run = dispatch.queue().removeFirst();
      Judge.end(
          run,
          new AcceleratorException(
              Category.UNAVAILABLE,
              "No accelerator of the pool works: " + reasons() + ".",
              run.lastFailure()),
          effects);
    }
  }

  /** Why each device does not work, for people. Its caller holds the monitor. */
  String reasons() {
    return dispatch.devices().stream()
        .map(device -> device.member().uri() + ": " + device.status().reason())
        .collect(Collectors.joining("; "));
  }

  /** Its caller holds the monitor. */
  void close() {
    closed = true;
  }
}
