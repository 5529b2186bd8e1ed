package dev.millrace.jobs.input;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.core.fs.Path;

/** Opens files of one format. */
interface RecordFormat extends Serializable {

  /** Opens a file from its beginning; the caller closes the reader. */
  RecordReader open(Path file) throws IOException;
}
