package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the parameters of a simulated device, and tells what is wrong with one. */
final class SimParameters {

  private static final Pattern QUANTITY = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([a-z]*)");
  private static final Map<String, Double> NANOS =
      Map.of("us", 1e3, "ms", 1e6, "s", 1e9, "min", 60e9, "h", 3600e9);
  private static final Map<String, Double> BYTES =
      Map.of("b", 1.0, "kb", 0x1p10, "mb", 0x1p20, "gb", 0x1p30);

  private final AcceleratorUri uri;

  SimParameters(AcceleratorUri uri, List<String> known) {
    this.uri = uri;
    TreeSet<String> unknown = new TreeSet<>(uri.parameters().keySet());
    known.forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      throw wrong(
          "has no parameter "
              + String.join(", ", unknown)
              + ". It takes "
              + String.join(", ", known));
    }
  }

  double number(String name, double least, double most, double otherwise) {
    String value = uri.parameters().get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Told below, as a number out of range is.
    }
    throw wrong(
        "has "
            + name
            + "="
            + value
            + ". It must be a number from "
            + plain(least)
            + " to "
            + plain(most));
  }

  int count(String name, int most, int otherwise) {
    return (int) number(name, 1, most, otherwise);
  }

  long seed(String name, long otherwise) {
    String value = uri.parameters().get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException notANumber) {
      throw wrong("has " + name + "=" + value + ". It must be a whole number");
    }
  }

  long nanos(String name, long otherwise) {
    String value = uri.parameters().get(name);
    return value == null ? otherwise : nanosOf(name, value, value);
  }

  long bytes(String name, long otherwise) {
    String value = uri.parameters().get(name);
    if (value == null) {
      return otherwise;
    }
    Double bytes = quantity(value, BYTES);
    if (bytes == null || bytes < 1) {
      throw wrong("has " + name + "=" + value + ". It must be a size, such as 512mb or 16gb");
    }
    return bytes.longValue();
  }

  Fault.Plan plan(Fault fault) {
    String name = fault.parameter();
    String value = uri.parameters().get(name);
    if (value == null) {
      return Fault.Plan.NEVER;
    }
    if (!value.contains("..") && !fault.needsTimes()) {
      return new Fault.Plan(number(name, 0, 1, 0), List.of());
    }
    List<Fault.Window> windows = new ArrayList<>();
    for (String window : value.split(";", -1)) {
      int dots = window.indexOf("..");
      if (dots < 1) {
        throw wrong(
            "has "
                + name
                + "="
                + value
                + ". It must be times, such as 10s..15s or 10s.. (several joined by ;)"
                + (fault.needsTimes() ? "" : ", or a share of batches, such as 0.01"));
      }
      String to = window.substring(dots + 2);
      windows.add(
          new Fault.Window(
              nanosOf(name, window.substring(0, dots), value),
              to.isEmpty() ? Long.MAX_VALUE : nanosOf(name, to, value)));
    }
    return new Fault.Plan(0, windows);
  }

  private long nanosOf(String name, String text, String value) {
    Double nanos = quantity(text, NANOS);
    if (nanos == null) {
      throw wrong(
          "has " + name + "=" + value + ". Write a time as a number with us, ms, s, min or h");
    }
    return nanos.longValue();
  }

  private static @Nullable Double quantity(String text, Map<String, Double> units) {
    Matcher matcher = QUANTITY.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return null;
    }
    double number = Double.parseDouble(matcher.group(1));
    if (number == 0) {
      return 0.0;
    }
    Double unit = units.get(matcher.group(2));
    return unit == null ? null : number * unit;
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  private AcceleratorException wrong(String what) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + uri + "' " + what + ".");
  }
}
