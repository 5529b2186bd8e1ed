package dev.millrace.accelerator.telemetry;

import dev.millrace.accelerator.DeviceReading;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks {@code nvidia-smi}, or a tool that takes the same query and answers in the same form.
 *
 * <p>Fields: NVIDIA's {@code nvidia-smi --help-query-gpu}. One that a device does not have comes as
 * {@code [N/A]} or {@code [Not Supported]}.
 */
final class SmiTelemetry implements Telemetry {

  private static final List<String> FIELDS =
      List.of(
          "temperature.gpu",
          "power.draw",
          "utilization.gpu",
          "memory.used",
          "memory.total",
          "clocks_event_reasons.active",
          "ecc.errors.uncorrected.volatile.total");

  private static final long TIMEOUT_SECONDS = 10;
  private static final long MEBIBYTE = 1L << 20;
  private static final int MOST_OUTPUT_SHOWN = 200;

  private final String tool;
  private final String index;

  SmiTelemetry(String tool, String index) {
    this.tool = tool;
    this.index = index;
  }

  @Override
  public DeviceReading read() throws IOException, InterruptedException {
    List<String> values = values(run());
    return new DeviceReading(
        number(values.get(0)),
        number(values.get(1)),
        scaled(values.get(2), 0.01),
        mebibytes(values.get(3)),
        mebibytes(values.get(4)),
        throttled(values.get(5)),
        count(values.get(6)),
        null,
        null);
  }

  private String run() throws IOException, InterruptedException {
    // A file and not a pipe: a tool that hangs would hang its reader as well.
    Path output = Files.createTempFile("millrace-smi", ".csv");
    try {
      Process process =
          new ProcessBuilder(
                  tool,
                  "--id=" + index,
                  "--query-gpu=" + String.join(",", FIELDS),
                  "--format=csv,noheader,nounits")
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(tool + " did not answer within " + TIMEOUT_SECONDS + " s");
      }
      String text = Files.readString(output, StandardCharsets.UTF_8).strip();
      if (process.exitValue() != 0) {
        throw new IOException(
            tool
                + " ended with "
                + process.exitValue()
                + ": "
                + text.substring(0, Math.min(text.length(), MOST_OUTPUT_SHOWN)));
      }
      return text;
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private List<String> values(String text) throws IOException {
    String line = text.lines().reduce((first, second) -> second).orElse("");
    List<String> values = List.of(line.split("\\s*,\\s*", -1));
    if (values.size() != FIELDS.size()) {
      throw new IOException(
          tool
              + " answered "
              + values.size()
              + " fields and not "
              + FIELDS.size()
              + ": "
              + line.substring(0, Math.min(line.length(), MOST_OUTPUT_SHOWN)));
    }
    return values;
  }

  private static @Nullable Double number(String text) {
    try {
      return Double.valueOf(text.strip());
    } catch (NumberFormatException notTold) {
      return null;
    }
  }

  private static @Nullable Double scaled(String text, double factor) {
    Double number = number(text);
    return number == null ? null : number * factor;
  }

  private static @Nullable Long count(String text) {
    Double number = number(text);
    return number == null ? null : number.longValue();
  }

  private static @Nullable Long mebibytes(String text) {
    Double number = number(text);
    return number == null ? null : (long) (number * MEBIBYTE);
  }

  private static @Nullable Boolean throttled(String text) {
    String hexadecimal = text.strip().replaceFirst("^0[xX]", "");
    try {
      return ClockReasons.throttle(Long.parseUnsignedLong(hexadecimal, 16));
    } catch (NumberFormatException notTold) {
      return null;
    }
  }

  @Override
  public String toString() {
    return tool + ":" + index;
  }
}
