package dev.millrace.jobs.output;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import org.apache.arrow.vector.types.pojo.Schema;

/** Writes columns as files of one format. */
public interface TableOutput extends Serializable {

  /** How the names of its files end. */
  String ending();

  /**
   * Looks at columns before a job starts.
   *
   * @throws IOException if one cannot be written; the message names it, says why and what to do
   */
  void check(Schema columns) throws IOException;

  /**
   * Begins a file. The caller closes the writer, and the stream after it.
   *
   * @param columns of all batches that will be written
   */
  TableWriter open(OutputStream out, Schema columns) throws IOException;
}
