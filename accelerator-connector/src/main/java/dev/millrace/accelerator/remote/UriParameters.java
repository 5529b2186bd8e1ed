package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A URI's parameters, by name and kind; a wrong one is told with what it may be. */
public final class UriParameters {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|min)");

  private final AcceleratorUri uri;

  /**
   * @param known the names that the connector takes
   * @throws AcceleratorException of category CONFIGURATION if the URI has another
   */
  public UriParameters(AcceleratorUri uri, Collection<String> known) {
    this.uri = uri;
    TreeSet<String> unknown = new TreeSet<>(uri.parameters().keySet());
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw wrong(
          "has no parameter "
              + String.join(", ", unknown)
              + ". It takes "
              + String.join(", ", new TreeSet<>(known)));
    }
  }

  /** The text of that name; null if it is not given. */
  public @Nullable String text(String name) {
    String value = uri.parameters().get(name);
    if (value != null && value.isBlank()) {
      throw wrong("has an empty " + name + ". Give it a value, or leave it out");
    }
    return value;
  }

  /** One of several words. */
  public String oneOf(String name, List<String> allowed, String otherwise) {
    String value = text(name);
    if (value == null) {
      return otherwise;
    }
    if (!allowed.contains(value)) {
      throw wrong("has " + name + "=" + value + ". It must be " + String.join(" or ", allowed));
    }
    return value;
  }

  /** A whole number from 1 on. */
  public int count(String name, int most, int otherwise) {
    String value = text(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int count = Integer.parseInt(value);
      if (count >= 1 && count <= most) {
        return count;
      }
    } catch (NumberFormatException notANumber) {
      // Told below, as a number out of range is.
    }
    throw wrong("has " + name + "=" + value + ". It must be a number from 1 to " + most);
  }

  /** A span of time, written as 500ms, 30s or 2min; longer than 0. */
  public @Nullable Duration duration(String name) {
    String value = text(name);
    if (value == null) {
      return null;
    }
    Matcher matcher = DURATION.matcher(value.toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            default -> Duration.ofMinutes(number);
          };
      if (!duration.isZero()) {
        return duration;
      }
    }
    throw wrong("has " + name + "=" + value + ". Write a time such as 500ms, 30s or 2min");
  }

  /** A file of that name; null if it is not given. */
  public @Nullable Path file(String name) {
    String value = text(name);
    return value == null ? null : Path.of(value);
  }

  /** An exception that says what is wrong with the URI. */
  public AcceleratorException wrong(String what) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + uri + "' " + what + ".");
  }
}
