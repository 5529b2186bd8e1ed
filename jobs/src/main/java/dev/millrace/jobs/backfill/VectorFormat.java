package dev.millrace.jobs.backfill;

import dev.millrace.jobs.output.ArrowOutput;
import dev.millrace.jobs.output.AvroOutput;
import dev.millrace.jobs.output.JsonOutput;
import dev.millrace.jobs.output.TableOutput;
import dev.millrace.jobs.parquet.ParquetOutput;
import java.util.Locale;

/** How the rows and their vectors are written. */
public enum VectorFormat {
  /** Parquet files. */
  PARQUET,
  /** Avro container files. */
  AVRO,
  /** Arrow IPC files. */
  ARROW,
  /** A JSON object a line. */
  JSONL;

  /** Writes such files. */
  TableOutput output() {
    return switch (this) {
      case PARQUET -> new ParquetOutput();
      case AVRO -> new AvroOutput();
      case ARROW -> new ArrowOutput();
      case JSONL -> new JsonOutput();
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
