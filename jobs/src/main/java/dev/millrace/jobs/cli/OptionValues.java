package dev.millrace.jobs.cli;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/**
 * Turns what was written on the command line into Flink's configuration, and says what is wrong.
 */
public final class OptionValues {

  private OptionValues() {}

  /**
   * Reads the values of options.
   *
   * @param given what the user wrote, by key
   * @return the values that can be read; those that cannot are added to the problems
   */
  public static Configuration parse(
      Map<String, String> given, List<ConfigOption<?>> options, Problems problems) {
    Configuration values = new Configuration();
    for (ConfigOption<?> option : options) {
      String value = given.get(option.key());
      if (value == null) {
        continue;
      }
      Configuration alone = new Configuration();
      alone.setString(option.key(), value);
      try {
        Object read = alone.get(option);
        if (read instanceof Duration duration && duration.isNegative()) {
          throw new IllegalArgumentException("negative");
        }
        values.setString(option.key(), value);
      } catch (RuntimeException unreadable) {
        problems.add(option.key(), value, allowed(option));
      }
    }
    return values;
  }

  private static String allowed(ConfigOption<?> option) {
    Object example = option.defaultValue();
    if (example instanceof Enum<?> constant) {
      return "not one of " + String.join(", ", constants(constant)) + ".";
    }
    if (example instanceof Duration) {
      return "not a duration. Write a number and a unit, such as '30 s', '500 ms' or '2 min'.";
    }
    if (example instanceof MemorySize) {
      return "not a size. Write a number and a unit, such as '64 mb'.";
    }
    if (example instanceof Boolean) {
      return "neither true nor false.";
    }
    if (example instanceof Double || example instanceof Float) {
      return "not a number.";
    }
    return "not a whole number" + range(option) + ".";
  }

  private static String range(ConfigOption<?> option) {
    return option.defaultValue() instanceof Long
        ? ""
        : " between " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE;
  }

  private static List<String> constants(Enum<?> constant) {
    return Arrays.stream(constant.getDeclaringClass().getEnumConstants())
        .map(OptionValues::show)
        .collect(Collectors.toList());
  }

  /** Whether the option may be written without a value, which then is true. */
  static boolean isSwitch(ConfigOption<?> option) {
    return Boolean.FALSE.equals(option.defaultValue());
  }

  /** What stands for the value in the help. */
  static String label(ConfigOption<?> option) {
    Object example = option.defaultValue();
    if (example instanceof Enum<?> constant) {
      return String.join("|", constants(constant));
    }
    if (example instanceof Duration) {
      return "DURATION";
    }
    if (example instanceof Number) {
      return "N";
    }
    if (example instanceof Boolean) {
      return "true|false";
    }
    return switch (option.key()) {
      case "parallelism", "rounds" -> "N";
      case "input", "interactions", "items", "texts", "long-texts" -> "FILES";
      case "output", "dead-letters" -> "FOLDER";
      case "report", "json", "kafka-properties", "interactions-schema", "items-schema" -> "FILE";
      case "schema-registry" -> "URL";
      case "serve" -> "ADDRESS";
      case "serve-after-end" -> "DURATION";
      case "only", "columns" -> "NAMES";
      case "text" -> "TEMPLATE";
      case "where" -> "CONDITION";
      case "time-format" -> "PATTERN";
      case "time-zone" -> "ZONE";
      case "set" -> "NAME=VALUE";
      default -> option.key().endsWith("-column") ? "COLUMN" : "VALUE";
    };
  }

  /** The default as a user would write it, or null if there is none. */
  static @Nullable String defaultText(ConfigOption<?> option) {
    Object value = option.defaultValue();
    return value == null ? null : show(value);
  }

  private static String show(Object value) {
    if (value instanceof Duration duration) {
      return TimeUtils.formatWithHighestUnit(duration);
    }
    return value instanceof Enum<?> ? value.toString().toLowerCase(Locale.ROOT) : value.toString();
  }
}
