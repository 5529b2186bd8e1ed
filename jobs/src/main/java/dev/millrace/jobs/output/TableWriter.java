package dev.millrace.jobs.output;

import java.io.Closeable;
import java.io.IOException;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A file that is being written. Used by one thread. Closing it completes the file. */
public interface TableWriter extends Closeable {

  /** Writes all rows of a root, which stays the caller's. */
  void write(VectorSchemaRoot rows) throws IOException;
}
