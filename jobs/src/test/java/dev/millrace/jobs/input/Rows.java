package dev.millrace.jobs.input;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What the tests of this package share. */
final class Rows {

  static final Columns COLUMNS = new Columns("user", "item", "text", "basket", "quantity", "time");
  static final String HEADER = "user,item,text,basket,quantity,time";

  private Rows() {}

  static RowClassifier classifier() {
    return new RowClassifier(new TimeFormat(null, ZoneId.of("UTC")), true, Duration.ofDays(1));
  }

  static RecordFormat format(FileFormat format) {
    return RowSources.format(format, COLUMNS, classifier());
  }

  /** All rows of a file. */
  static List<SourceRow> read(RecordFormat format, Path file) {
    try (RecordReader reader = format.open(path(file))) {
      List<SourceRow> rows = new ArrayList<>();
      SourceRow row;
      while ((row = reader.next()) != null) {
        rows.add(row);
      }
      return rows;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static org.apache.flink.core.fs.Path path(Path file) {
    return InputFiles.path(file.toString());
  }

  static Path write(Path folder, String name, String content) {
    return write(folder, name, content.getBytes(StandardCharsets.UTF_8));
  }

  static Path write(Path folder, String name, byte[] content) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent() == null ? folder : file.getParent());
      return Files.write(file, content);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static byte[] gzip(String content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /** A dead letter as {@code line: payload}, any other row by its outcome and its item. */
  static String brief(SourceRow row) {
    var letter = row.deadLetter();
    if (letter != null) {
      return letter.getPosition()
          + ": "
          + StandardCharsets.UTF_8.decode(letter.getPayload().duplicate());
    }
    var interaction = row.interaction();
    return row.outcome() + (interaction == null ? "" : " " + interaction.getItemId());
  }

  static List<String> briefs(List<SourceRow> rows) {
    return rows.stream().map(Rows::brief).toList();
  }

  /** A field as RFC 4180 writes it. */
  static String quote(@Nullable String field) {
    if (field == null) {
      return "";
    }
    return field.matches("(?s).*[\",\r\n].*") || field.startsWith("\"")
        ? '"' + field.replace("\"", "\"\"") + '"'
        : field;
  }
}
