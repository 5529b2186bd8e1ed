package dev.millrace.jobs.input;

import java.util.List;
import java.util.Locale;

/** How the rows lie in the files of the input. */
public enum FileFormat {
  /** RFC 4180, with a header. */
  CSV,
  /** Avro container files. */
  AVRO,
  /** A JSON object a line. */
  JSONL;

  /** How the names of such files end. */
  public List<String> endings() {
    return switch (this) {
      case CSV -> List.of(".csv", ".csv.gz");
      case AVRO -> List.of(".avro", ".avro.gz");
      case JSONL -> List.of(".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz");
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
