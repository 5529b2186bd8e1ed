package dev.millrace.accelerator.telemetry;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.DeviceReading;
import java.io.IOException;
import java.net.URI;

/** Where the health of a device is asked for. Safe for use by several threads. */
public interface Telemetry {

  /**
   * Asks. Takes as long as the tool or the exporter takes, a few seconds at most.
   *
   * @throws IOException if it cannot be told; the message names whom was asked
   */
  DeviceReading read() throws IOException, InterruptedException;

  /**
   * What a user writes: {@code nvidia-smi:0}, the path of a tool of its shape with an index, or the
   * URL of a Prometheus exporter with the labels that tell the device, {@code
   * http://host:9400/metrics?gpu=0}.
   *
   * @throws AcceleratorException of category CONFIGURATION if it is none of these
   */
  static Telemetry of(String text) {
    if (text.startsWith("http://") || text.startsWith("https://")) {
      try {
        return PrometheusTelemetry.of(URI.create(text));
      } catch (IllegalArgumentException malformed) {
        throw wrong(text, String.valueOf(malformed.getMessage()));
      }
    }
    int colon = text.lastIndexOf(':');
    if (colon < 1 || colon == text.length() - 1) {
      throw wrong(text, "no index follows a colon");
    }
    return new SmiTelemetry(text.substring(0, colon), text.substring(colon + 1));
  }

  private static AcceleratorException wrong(String text, String why) {
    return new AcceleratorException(
        Category.CONFIGURATION,
        "The telemetry '"
            + text
            + "' is none: "
            + why
            + ". Write a tool and the device's index, such as nvidia-smi:0 or"
            + " /usr/local/bin/ppu-smi:0, or an exporter's URL and the labels of the device, such"
            + " as http://host:9400/metrics?gpu=0.");
  }
}
