package dev.millrace.accelerator;

import org.jspecify.annotations.Nullable;

/**
 * What a device, or an exporter beside it, says of its health. What it does not tell is null.
 *
 * @param celsius the hottest of its temperatures
 * @param watts what it draws
 * @param utilisation how busy it is, 0 to 1
 * @param memoryUsed bytes
 * @param memoryTotal bytes
 * @param throttled whether heat or power makes it run slower
 * @param memoryErrors errors that its memory could not correct, since some moment
 * @param healthy what it says of itself, as one word: false if it must not be used
 * @param linked whether its link to others is up
 */
public record DeviceReading(
    @Nullable Double celsius,
    @Nullable Double watts,
    @Nullable Double utilisation,
    @Nullable Long memoryUsed,
    @Nullable Long memoryTotal,
    @Nullable Boolean throttled,
    @Nullable Long memoryErrors,
    @Nullable Boolean healthy,
    @Nullable Boolean linked) {

  /** One that tells nothing. */
  public static final DeviceReading NOTHING =
      new DeviceReading(null, null, null, null, null, null, null, null, null);
}
