package dev.millrace.jobs.backfill;

import dev.millrace.jobs.input.ArrowTable;
import dev.millrace.jobs.input.AvroTable;
import dev.millrace.jobs.input.CsvTable;
import dev.millrace.jobs.input.JsonTable;
import dev.millrace.jobs.input.TableFormat;
import dev.millrace.jobs.parquet.ParquetTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the rows lie in the files of the input. */
public enum RowFormat {
  /** RFC 4180, with a header. */
  CSV,
  /** A JSON object a line. */
  JSONL,
  /** Avro container files of any record. */
  AVRO,
  /** Arrow IPC files and streams. */
  ARROW,
  /** Parquet files. */
  PARQUET;

  private static final String GZIP = ".gz";

  /** Reads such files. */
  TableFormat table() {
    return switch (this) {
      case CSV -> new CsvTable();
      case JSONL -> new JsonTable();
      case AVRO -> new AvroTable();
      case ARROW -> new ArrowTable();
      case PARQUET -> new ParquetTable();
    };
  }

  private List<String> names() {
    return switch (this) {
      case CSV -> List.of(".csv");
      case JSONL -> List.of(".jsonl", ".ndjson", ".json");
      case AVRO -> List.of(".avro");
      case ARROW -> List.of(".arrow", ".arrows", ".feather", ".ipc");
      case PARQUET -> List.of(".parquet");
    };
  }

  /** Whether gzip around such a file is undone. */
  boolean gzip() {
    return this != ARROW && this != PARQUET;
  }

  /** How the names of such files end. */
  List<String> endings() {
    List<String> endings = new ArrayList<>(names());
    if (gzip()) {
      names().forEach(name -> endings.add(name + GZIP));
    }
    return endings;
  }

  /** The format that a file's name speaks of, or null if it speaks of none. */
  static @Nullable RowFormat of(String fileName) {
    String lower = fileName.toLowerCase(Locale.ROOT);
    for (RowFormat format : values()) {
      if (format.endings().stream().anyMatch(lower::endsWith)) {
        return format;
      }
    }
    return null;
  }

  /** How the names of files of any format end. */
  static List<String> allEndings() {
    List<String> endings = new ArrayList<>();
    for (RowFormat format : values()) {
      endings.addAll(format.endings());
    }
    return endings;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
