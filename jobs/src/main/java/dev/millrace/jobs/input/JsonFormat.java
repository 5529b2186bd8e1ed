package dev.millrace.jobs.input;

import java.io.IOException;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** A JSON object a line. */
final class JsonFormat implements RecordFormat {

  private static final long serialVersionUID = 1L;

  private final JsonRows rows;

  JsonFormat(Columns columns, RowClassifier classifier) {
    this.rows = new JsonRows(columns, classifier);
  }

  @Override
  public RecordReader open(Path file) throws IOException {
    return new Reader(file.getPath(), new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES));
  }

  private final class Reader implements RecordReader {
    private final String source;
    private final LineReader lines;

    Reader(String source, LineReader lines) {
      this.source = source;
      this.lines = lines;
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
      Line line = lines.next();
      while (line != null && line.trouble() == null && blank(line.content())) {
        line = lines.next();
      }
      if (line == null) {
        return null;
      }
      if (line.trouble() != null) {
        return unreadable(line, line.trouble());
      }
      try {
        return rows.decode(line.content());
      } catch (UnreadableRowException broken) {
        return unreadable(line, broken.reason());
      }
    }

    private SourceRow unreadable(Line line, String reason) {
      return DeadLetters.unreadable(source, line.number(), line.content(), reason);
    }

    private static boolean blank(byte[] content) {
      for (byte b : content) {
        if (b != ' ' && b != '\t') {
          return false;
        }
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
