package dev.millrace.jobs.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a row has to reach.
 *
 * @param kind whether the value is the least, the most, or none is asked for
 * @param value the bound; of the ratio where the row has a reference, else of the median
 */
record Requirement(Kind kind, double value) {

  enum Kind {
    AT_LEAST,
    AT_MOST,
    NONE
  }

  /** Nothing is asked: the row informs. */
  static final Requirement NONE = new Requirement(Kind.NONE, Double.NaN);

  static Requirement atLeast(double value) {
    return new Requirement(Kind.AT_LEAST, value);
  }

  static Requirement atMost(double value) {
    return new Requirement(Kind.AT_MOST, value);
  }

  boolean isMetBy(double reached) {
    return switch (kind) {
      case AT_LEAST -> reached >= value;
      case AT_MOST -> reached <= value;
      case NONE -> true;
    };
  }

  /** The bound, or null if there is none. */
  @Nullable Double bound() {
    return kind == Kind.NONE ? null : value;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case AT_LEAST -> "at least " + number();
      case AT_MOST -> "at most " + number();
      case NONE -> "";
    };
  }

  private String number() {
    return value >= 1000
        ? String.format(Locale.ENGLISH, "%,.0f", value)
        : Double.toString(value).replaceFirst("\\.0$", "");
  }
}
