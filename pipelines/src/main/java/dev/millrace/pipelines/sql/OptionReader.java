package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceTask;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Reads the options of a statement, one by one, so that each that is wrong is told. */
final class OptionReader {

  private final ModelProblems problems;

  OptionReader(ModelProblems problems) {
    this.problems = problems;
  }

  /** Reads what is given of some options; those that cannot be read are left out and told. */
  Configuration read(Map<String, String> given, List<? extends ConfigOption<?>> options) {
    Configuration values = new Configuration();
    for (ConfigOption<?> option : options) {
      String value = given.get(option.key());
      if (value == null) {
        continue;
      }
      Configuration alone = new Configuration();
      alone.setString(option.key(), value);
      try {
        Object unused = alone.get(option);
        values.setString(option.key(), value);
      } catch (RuntimeException unreadable) {
        problems.add(option.key(), value, "It is " + expected(option, unreadable));
      }
    }
    return values;
  }

  private static String expected(ConfigOption<?> option, RuntimeException unreadable) {
    Object[] constants = constants(option);
    if (constants != null) {
      return "not one of "
          + Arrays.stream(constants)
              .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "))
          + ".";
    }
    Throwable cause = unreadable.getCause() == null ? unreadable : unreadable.getCause();
    return "not of its type. " + cause.getMessage();
  }

  private static Object @Nullable [] constants(ConfigOption<?> option) {
    if (option.equals(ModelOptions.TASK)) {
      return InferenceTask.values();
    }
    return option.defaultValue() instanceof Enum<?> constant
        ? constant.getDeclaringClass().getEnumConstants()
        : null;
  }
}
