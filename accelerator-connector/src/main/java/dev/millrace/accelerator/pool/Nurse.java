package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.telemetry.Telemetry;
import dev.millrace.accelerator.time.Clock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the devices' telemetry every few seconds and does what it asks for: spares those that
 * throttle, rests those that are too hot, takes those out of work that call themselves sick or
 * whose memory fails, and counts what they draw.
 */
final class Nurse {

  private static final Logger LOG = LoggerFactory.getLogger(Nurse.class);
  private static final long EVERY = TimeUnit.SECONDS.toNanos(2);

  /** Over a longer gap nobody knows what a device drew. */
  private static final long LONGEST_GAP = TimeUnit.SECONDS.toNanos(60);

  /** A device's readings. Guarded by the monitor of dispatch. */
  private static final class Chart {
    final Device device;
    final @Nullable Telemetry telemetry;
    final Thermostat thermostat;
    boolean isBeingRead;
    boolean failureIsTold;
    long readAt;
    @Nullable DeviceReading latest;

    Chart(Device device) {
      this.device = device;
      String from = device.member().telemetry();
      this.telemetry = from == null ? null : Telemetry.of(from);
      this.thermostat = new Thermostat(device.member().celsiusLimit());
    }
  }

  private final Dispatch dispatch;
  private final Judge judge;
  private final Clock clock;
  private final Executor background;
  private final List<Chart> charts = new ArrayList<>();

  /** Guarded by the monitor of dispatch. */
  private boolean closed;

  Nurse(Dispatch dispatch, Judge judge, Clock clock, Executor background) {
    this.dispatch = dispatch;
    this.judge = judge;
    this.clock = clock;
    this.background = background;
    dispatch.devices().forEach(device -> charts.add(new Chart(device)));
  }

  void begin() {
    goRound();
  }

  private void goRound() {
    Effects effects = new Effects();
    synchronized (dispatch) {
      if (closed) {
        return;
      }
      for (Chart chart : charts) {
        InferenceSession session = chart.device.session();
        if (chart.telemetry == null && session == null) {
          // What its session said ended with it.
          chart.device.health().setSick(false);
        }
        if (!chart.isBeingRead && (chart.telemetry != null || session != null)) {
          chart.isBeingRead = true;
          // A tool or an exporter takes its time; a session's own word is at hand.
          effects.then(
              () -> {
                if (chart.telemetry == null) {
                  read(chart, session);
                } else {
                  background.execute(() -> read(chart, session));
                }
              });
        }
      }
    }
    effects.carryOut();
    Clock.Alarm unused = clock.after(EVERY, this::goRound);
  }

  private void read(Chart chart, @Nullable InferenceSession session) {
    DeviceReading reading = null;
    String trouble = null;
    try {
      reading =
          chart.telemetry != null
              ? chart.telemetry.read()
              : session == null ? null : session.reading();
    } catch (IOException | RuntimeException unreadable) {
      trouble = String.valueOf(unreadable.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    Effects effects = new Effects();
    synchronized (dispatch) {
      chart.isBeingRead = false;
      if (closed) {
        return;
      }
      if (reading != null) {
        chart.failureIsTold = false;
        note(chart, reading, clock.nanos(), effects);
      }
    }
    effects.carryOut();
    if (trouble != null && !chart.failureIsTold) {
      chart.failureIsTold = true;
      LOG.warn(
          "The health of {} is not known; it works on: {}", chart.device.member().uri(), trouble);
    }
  }

  private void note(Chart chart, DeviceReading reading, long now, Effects effects) {
    Device device = chart.device;
    DeviceReading before = chart.latest;
    if (before != null && before.watts() != null && reading.watts() != null) {
      long gap = now - chart.readAt;
      if (gap <= LONGEST_GAP) {
        device.addJoules((before.watts() + reading.watts()) / 2 * gap / 1e9);
      }
    }
    chart.latest = reading;
    chart.readAt = now;
    device.setReading(reading);
    double share = chart.thermostat.after(reading);
    if (share < device.share() && (share == 0 || device.share() == 1)) {
      LOG.warn(
          "{} {} at {} degrees.",
          device.member().uri(),
          share == 0 ? "rests until it has cooled," : "throttles and is spared,",
          reading.celsius());
    }
    device.setShare(share);
    boolean isSick = reading.healthy() != null && !reading.healthy();
    device.health().setSick(isSick);
    if (isSick) {
      judge.fall(
          device, "its telemetry says that it is not healthy", Health.Cause.REFUSAL, now, effects);
    }
    if (memoryFails(before, reading)) {
      judge.fall(
          device,
          "its memory had errors that it could not correct: "
              + reading.memoryErrors()
              + ". Look after the device",
          Health.Cause.FAULT,
          now,
          effects);
      device.health().quarantine();
    }
    dispatch.recount(now);
    dispatch.fill(device, now, effects);
  }

  private static boolean memoryFails(@Nullable DeviceReading before, DeviceReading reading) {
    return before != null
        && before.memoryErrors() != null
        && reading.memoryErrors() != null
        && reading.memoryErrors() > before.memoryErrors();
  }

  /** Its caller holds the monitor. */
  void close() {
    closed = true;
  }
}
