package dev.millrace.jobs.output;

import java.util.Locale;

/** How the feed is written. */
public enum OutputFormat {
  /** Avro container files of {@code Recommendation}. */
  AVRO,
  /** A JSON object a line, the fields as in Avro, times as ISO-8601. */
  JSONL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
