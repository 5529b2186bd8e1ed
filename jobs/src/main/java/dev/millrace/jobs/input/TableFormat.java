package dev.millrace.jobs.input;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.core.fs.Path;

/** Reads files of one format as columns, whatever the columns are. */
public interface TableFormat extends Serializable {

  /**
   * Looks through files before a job starts: what their columns are and how many rows each has.
   *
   * @throws IOException if they cannot be read as one table; the message names the file, says what
   *     is wrong with it and what to do
   */
  Table inspect(List<Path> files) throws IOException;

  /**
   * Opens a file behind so many of its rows. The caller closes the reader.
   *
   * @param columns what {@link #inspect} found
   */
  TableReader open(Path file, Schema columns, long fromRow) throws IOException;

  /**
   * What files hold.
   *
   * @param columns those of all of them
   * @param rows of each, in the order of the files; unreadable ones count
   * @param notes what people should know of how the columns were understood
   */
  record Table(Schema columns, List<Long> rows, List<String> notes) {

    public Table {
      rows = List.copyOf(rows);
      notes = List.copyOf(notes);
    }
  }
}
