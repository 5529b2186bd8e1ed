package dev.millrace.jobs.devices;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.pool.DeviceReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports on devices, for people and for scripts. */
final class DeviceTable {

  private static final List<String> HEAD =
      List.of(
          "accelerator",
          "reached",
          "model",
          "lanes",
          "tokens/s",
          "memory",
          "temperature",
          "power",
          "health",
          "canary");

  private static final double GIBIBYTE = 1L << 30;

  private DeviceTable() {}

  /** Lines of a table with aligned columns; under it stands what is wrong. */
  static List<String> lines(List<DeviceReport> reports) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(HEAD);
    reports.forEach(report -> cells.add(cells(report)));
    List<String> lines = new ArrayList<>();
    for (List<String> row : cells) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = cells.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
        line.append(column == 0 ? "" : "  ")
            .append(row.get(column))
            .append(" ".repeat(width - row.get(column).length()));
      }
      lines.add(line.toString().stripTrailing());
    }
    for (DeviceReport report : reports) {
      for (String trouble : troubles(report)) {
        lines.add(report.accelerator() + ": " + trouble);
      }
    }
    return lines;
  }

  private static List<String> troubles(DeviceReport report) {
    List<String> troubles = new ArrayList<>();
    if (report.trouble() != null) {
      troubles.add(report.trouble());
    }
    if (report.canary() != null) {
      troubles.add(report.canary());
    }
    if (report.telemetryTrouble() != null) {
      troubles.add("its telemetry: " + report.telemetryTrouble());
    }
    return troubles;
  }

  private static List<String> cells(DeviceReport report) {
    DeviceReading reading = report.reading() == null ? DeviceReading.NOTHING : report.reading();
    boolean loaded = report.isLoaded();
    return List.of(
        report.accelerator().toString(),
        loaded ? "yes, in " + report.loadMillis() + " ms" : "NO",
        loaded ? model(report) : "-",
        loaded ? Integer.toString(report.parallelism()) : "-",
        report.tokensPerSecond() > 0
            ? String.format(Locale.ENGLISH, "%,.0f", report.tokensPerSecond())
            : "-",
        memory(reading),
        reading.celsius() == null
            ? "-"
            : Math.round(reading.celsius())
                + " C"
                + (isTrue(reading.throttled()) ? ", slowed" : ""),
        reading.watts() == null ? "-" : Math.round(reading.watts()) + " W",
        health(reading),
        !loaded ? "-" : report.canary() == null ? "right" : "WRONG");
  }

  private static String model(DeviceReport report) {
    return (report.dimensions() > 0 ? report.dimensions() + " dimensions" : "fits")
        + (report.batchInvariant() ? "" : ", batch-dependent");
  }

  private static String memory(DeviceReading reading) {
    if (reading.memoryTotal() == null && reading.memoryUsed() == null) {
      return "-";
    }
    return (reading.memoryUsed() == null ? "" : gib(reading.memoryUsed()) + " of ")
        + (reading.memoryTotal() == null ? "?" : gib(reading.memoryTotal()))
        + " GiB";
  }

  private static String gib(long bytes) {
    return String.format(Locale.ENGLISH, "%.1f", bytes / GIBIBYTE);
  }

  private static String health(DeviceReading reading) {
    if (reading.healthy() != null && !reading.healthy()) {
      return "SICK";
    }
    if (reading.memoryErrors() != null && reading.memoryErrors() > 0) {
      return reading.memoryErrors() + " memory errors";
    }
    if (reading.linked() != null && !reading.linked()) {
      return "link down";
    }
    return reading.equals(DeviceReading.NOTHING) ? "-" : "well";
  }

  private static boolean isTrue(@Nullable Boolean told) {
    return told != null && told;
  }

  /**
   * A JSON list with an object for each device.
   *
   * @param indented over several lines
   */
  static String json(List<DeviceReport> reports, boolean indented) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectWriter writer = indented ? mapper.writerWithDefaultPrettyPrinter() : mapper.writer();
    try {
      return writer.writeValueAsString(reports.stream().map(DeviceTable::fields).toList());
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("Numbers and names cannot fail to be JSON.", impossible);
    }
  }

  private static Map<String, @Nullable Object> fields(DeviceReport report) {
    DeviceReading reading = report.reading() == null ? DeviceReading.NOTHING : report.reading();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("accelerator", report.accelerator().toString());
    fields.put("usable", report.isUsable());
    fields.put("reached", report.isLoaded());
    fields.put("trouble", report.trouble());
    fields.put("dimensions", report.dimensions());
    fields.put("batch_invariant", report.batchInvariant());
    fields.put("lanes", report.parallelism());
    fields.put("load_ms", report.loadMillis());
    fields.put("tokens_per_second", report.tokensPerSecond());
    fields.put("batch_tokens", report.batchTokens());
    fields.put("canary", report.canary() == null ? "right" : report.canary());
    fields.put("celsius", reading.celsius());
    fields.put("watts", reading.watts());
    fields.put("utilisation", reading.utilisation());
    fields.put("memory_used", reading.memoryUsed());
    fields.put("memory_total", reading.memoryTotal());
    fields.put("throttled", reading.throttled());
    fields.put("memory_errors", reading.memoryErrors());
    fields.put("healthy", reading.healthy());
    fields.put("linked", reading.linked());
    fields.put("telemetry_trouble", report.telemetryTrouble());
    return fields;
  }
}
