package dev.millrace.jobs.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.millrace.jobs.cli.Nearest;
import dev.millrace.jobs.cli.Problems;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the heads of the input's files before a job starts: are the columns there, is the schema
 * one that can be read, does the time format read the times. A file whose bytes are broken is left
 * to the job, which makes a dead letter of it.
 */
public final class InputCheck {

  private static final int SAMPLE = 100;

  /**
   * A column as the user wants it.
   *
   * @param option the option that names it
   * @param name the column
   * @param given whether the user named it, and did not leave it to the default
   * @param required whether rows are of no use without it
   */
  public record Wanted(String option, String name, boolean given, boolean required) {}

  private final Problems problems;

  public InputCheck(Problems problems) {
    this.problems = problems;
  }

  /**
   * Checks CSV files or JSON lines.
   *
   * @param time the option and the column of the time; it is one of the wanted
   * @param timeFormat how times are written, or null if that is a problem already
   * @return the wanted columns that are there, by option
   */
  public Map<String, String> columns(
      List<Path> files,
      FileFormat format,
      List<Wanted> wanted,
      Wanted time,
      @Nullable TimeFormat timeFormat) {
    Map<String, String> found = new LinkedHashMap<>();
    Map<Wanted, Missing> missing = new LinkedHashMap<>();
    boolean first = true;
    for (Path file : files) {
      Head head = head(file, format, first ? SAMPLE : 0);
      if (head == null) {
        continue;
      }
      for (Wanted column : wanted) {
        if (head.columns.contains(column.name())) {
          if (first) {
            found.put(column.option(), column.name());
          }
        } else if (column.given() || column.required() || found.containsKey(column.option())) {
          missing.computeIfAbsent(column, absent -> new Missing(file, head.columns)).files++;
        }
      }
      if (first && timeFormat != null && head.columns.contains(time.name())) {
        checkTimes(file, head, time, timeFormat);
      }
      first = false;
    }
    missing.forEach(this::report);
    return found;
  }

  private void report(Wanted column, Missing missing) {
    String more = missing.files > 1 ? " (nor have " + (missing.files - 1) + " more files)" : "";
    String near =
        Nearest.to(column.name(), missing.columns)
            .map(name -> " Did you mean '" + name + "'?")
            .orElse("");
    problems.add(
        column.option(),
        column.given() ? column.name() : null,
        missing.file.getPath()
            + " has no column "
            + (column.given() ? "of that name" : "'" + column.name() + "', the default")
            + more
            + "."
            + near
            + " Its columns are "
            + String.join(", ", missing.columns)
            + ".");
  }

  private void checkTimes(Path file, Head head, Wanted time, TimeFormat timeFormat) {
    int read = 0;
    for (String sample : head.times(time.name())) {
      if (timeFormat.parse(sample).isPresent()) {
        read++;
      }
    }
    List<String> samples = head.times(time.name());
    if (read == 0 && !samples.isEmpty()) {
      problems.add(
          "time-format",
          timeFormat,
          "does not read '"
              + samples.get(0)
              + "', nor any other of the first times in "
              + file.getPath()
              + ". Give a pattern such as 'yyyy-MM-dd HH:mm:ss', epoch-seconds or epoch-millis;"
              + " leave it out for ISO-8601.");
    }
  }

  /** Checks that Avro files can be read as the schema. */
  public void avro(String option, Object value, List<Path> files, Schema expected) {
    for (Path file : files) {
      Schema writer = writerSchema(file, option, value);
      if (writer == null) {
        continue;
      }
      SchemaCompatibility.SchemaPairCompatibility answer =
          SchemaCompatibility.checkReaderWriterCompatibility(expected, writer);
      if (answer.getType() != SchemaCompatibilityType.COMPATIBLE) {
        List<String> reasons = new ArrayList<>();
        answer
            .getResult()
            .getIncompatibilities()
            .forEach(reason -> reasons.add(reason.getMessage() + " at " + reason.getLocation()));
        problems.add(
            option,
            value,
            file.getPath()
                + " holds records of "
                + writer.getFullName()
                + ", which cannot be read as "
                + expected.getFullName()
                + ": "
                + String.join("; ", reasons)
                + ". Write the files with that schema, or with one that Avro can resolve to it.");
        return;
      }
    }
  }

  private @Nullable Schema writerSchema(Path file, String option, Object value) {
    try (DataFileStream<GenericRecord> stream =
        new DataFileStream<>(InputFiles.open(file), new GenericDatumReader<>())) {
      return stream.getSchema();
    } catch (EOFException | ZipException | AvroRuntimeException broken) {
      return null;
    } catch (IOException unreadable) {
      String message = String.valueOf(unreadable.getMessage());
      if (message.contains("Not an Avro data file") || message.contains("Not a data file")) {
        problems.add(
            option,
            value,
            file.getPath()
                + " is no Avro file. Name files of Avro, or say what it is by --format.");
      } else {
        unreadable(file, unreadable);
      }
      return null;
    }
  }

  private @Nullable Head head(Path file, FileFormat format, int sample) {
    try {
      return format == FileFormat.CSV ? csvHead(file, sample) : jsonHead(file);
    } catch (IOException unreadable) {
      unreadable(file, unreadable);
      return null;
    }
  }

  private void unreadable(Path file, IOException failure) {
    problems.add(
        file.getPath()
            + " cannot be read: "
            + failure.getMessage()
            + ". Make it readable, or leave it out.");
  }

  private @Nullable Head csvHead(Path file, int sample) throws IOException {
    try (CsvRecords records =
        new CsvRecords(new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES))) {
      CsvRecords.Entry entry = records.next();
      if (entry == null || (entry.fields() == null && entry.first().trouble() != null)) {
        // Empty, or broken from its beginning: no row of it counts, and the job goes on.
        return null;
      }
      if (entry.fields() == null) {
        problems.add(file.getPath() + ", line 1: the header is no CSV. " + entry.trouble());
        return null;
      }
      List<String> names = CsvFormat.names(entry.fields());
      Set<String> columns = new LinkedHashSet<>();
      for (String name : names) {
        if (!columns.add(name) && !name.isEmpty()) {
          problems.add(
              file.getPath() + " has the column '" + name + "' twice. Give each its own name.");
        }
      }
      records.expectFields(names.size());
      Head head = new Head(columns);
      for (int i = 0; i < sample; i++) {
        entry = records.next();
        if (entry == null) {
          break;
        }
        if (entry.fields() != null) {
          Map<String, @Nullable String> row = new LinkedHashMap<>();
          for (int column = 0; column < names.size(); column++) {
            row.putIfAbsent(names.get(column), entry.fields().get(column));
          }
          head.rows.add(row);
        }
      }
      return head;
    }
  }

  private static @Nullable Head jsonHead(Path file) throws IOException {
    try (LineReader lines = new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES)) {
      Head head = new Head(new LinkedHashSet<>());
      for (int i = 0; i < SAMPLE; i++) {
        Line line = lines.next();
        if (line == null || line.trouble() != null) {
          break;
        }
        try {
          Map<String, @Nullable String> row = JsonRows.fields(line.content());
          head.columns.addAll(row.keySet());
          head.rows.add(row);
        } catch (JsonProcessingException noJson) {
          // A dead letter, later.
        }
      }
      return head.rows.isEmpty() ? null : head;
    }
  }

  private static final class Head {
    final Set<String> columns;
    final List<Map<String, @Nullable String>> rows = new ArrayList<>();

    Head(Set<String> columns) {
      this.columns = columns;
    }

    List<String> times(String column) {
      List<String> times = new ArrayList<>();
      for (Map<String, @Nullable String> row : rows) {
        String time = row.get(column);
        if (time != null && !time.isBlank()) {
          times.add(time);
        }
      }
      return times;
    }
  }

  private static final class Missing {
    final Path file;
    final Set<String> columns;
    int files;

    Missing(Path file, Set<String> columns) {
      this.file = file;
      this.columns = columns;
    }
  }
}
