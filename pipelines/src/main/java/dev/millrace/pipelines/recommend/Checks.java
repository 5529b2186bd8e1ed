package dev.millrace.pipelines.recommend;

/** Checks of settings. */
final class Checks {
  private Checks() {}

  static void that(boolean holds, String name, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s is %s, allowed is %s.".formatted(name, value, allowed));
    }
  }
}
