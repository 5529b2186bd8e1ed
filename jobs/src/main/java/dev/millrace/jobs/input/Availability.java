package dev.millrace.jobs.input;

import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether an item is to be had, as files say it. */
final class Availability {

  private Availability() {}

  /**
   * Reads true or false, yes or no, in any case, or how many there are in stock: none if that is
   * zero or less.
   *
   * @return null if it is none of these
   */
  static @Nullable Boolean parse(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    return switch (word) {
      case "true", "yes" -> true;
      case "false", "no" -> false;
      default -> {
        try {
          yield new BigDecimal(word).signum() > 0;
        } catch (NumberFormatException none) {
          yield null;
        }
      }
    };
  }
}
