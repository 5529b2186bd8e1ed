package dev.millrace.jobs.input;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.core.fs.Path;

/** One column of CSV files with a header, for those who need no more of a row. */
public final class CsvColumn {

  private CsvColumn() {}

  /**
   * The columns that a file's header names; none if it has no row.
   *
   * @throws IOException if the file cannot be read
   */
  public static List<String> names(Path file) throws IOException {
    try (CsvRecords records = records(file)) {
      CsvRecords.Entry header = records.next();
      return header == null || header.fields() == null
          ? List.of()
          : CsvFormat.names(header.fields());
    }
  }

  private static CsvRecords records(Path file) throws IOException {
    return new CsvRecords(new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES));
  }

  /**
   * Reads a column of a file, through gzip if its name ends so. Lines that are no rows are passed
   * over.
   *
   * @param column the column's name in the header
   * @param values told the column's value of each row, in the order of the rows
   * @throws IOException if the file cannot be read, or its header has no such column; the message
   *     then lists those that it has
   */
  public static void read(Path file, String column, Consumer<String> values) throws IOException {
    try (CsvRecords records = records(file)) {
      int index = -1;
      for (CsvRecords.Entry entry = records.next(); entry != null; entry = records.next()) {
        List<String> fields = entry.fields();
        if (fields == null) {
          continue;
        }
        if (index >= 0) {
          values.accept(fields.get(index));
          continue;
        }
        List<String> names = CsvFormat.names(fields);
        index = names.indexOf(column);
        if (index < 0) {
          throw new IOException(
              "the header of "
                  + file.getPath()
                  + " has no column '"
                  + column
                  + "'. It has "
                  + String.join(", ", names)
                  + ".");
        }
        records.expectFields(names.size());
      }
    }
  }
}
