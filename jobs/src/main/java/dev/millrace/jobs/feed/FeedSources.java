package dev.millrace.jobs.feed;

import dev.millrace.pipelines.recommend.Source;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which sources a feed is made of, as it is written: names with commas between them. */
final class FeedSources {
  private FeedSources() {}

  /**
   * @throws IllegalArgumentException if a name is none, or there is none; the message says what is
   *     allowed
   */
  static Set<Source> parse(String names) {
    Set<Source> sources = EnumSet.noneOf(Source.class);
    for (String name : names.split(",", -1)) {
      sources.add(
          Arrays.stream(Source.values())
              .filter(source -> source.name().equalsIgnoreCase(name.strip()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "'%s' is no source; allowed are %s, with commas between them."
                              .formatted(name.strip(), all()))));
    }
    return sources;
  }

  /** All of them, as they are written. */
  static String all() {
    return Arrays.stream(Source.values())
        .map(source -> source.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }
}
