package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.DeviceReading;
import org.jspecify.annotations.Nullable;

/**
 * What part of its time a device may work, by what it says of its heat: less and less while it
 * throttles, none above its limit until it has cooled, more again when neither is so. Guarded by
 * the pool's lock.
 */
final class Thermostat {

  /** So far below the limit it has cooled. */
  private static final double COOLED_BY = 5;

  private static final double LESS = 0.8;
  private static final double MORE = 0.1;
  private static final double LEAST = 0.2;

  private final double celsiusLimit;
  private double share = 1;
  private boolean tooHot;

  Thermostat(double celsiusLimit) {
    this.celsiusLimit = celsiusLimit;
  }

  /** The part of its time that it may work from now on: 1 for all, 0 for none. */
  double after(DeviceReading reading) {
    Double celsius = reading.celsius();
    if (celsius != null && celsius >= celsiusLimit) {
      tooHot = true;
    } else if (celsius == null || celsius < celsiusLimit - COOLED_BY) {
      tooHot = false;
    }
    share =
        isTrue(reading.throttled()) || tooHot
            ? Math.max(LEAST, share * LESS)
            : Math.min(1, share + MORE);
    return tooHot ? 0 : share;
  }

  private static boolean isTrue(@Nullable Boolean told) {
    return told != null && told;
  }
}
