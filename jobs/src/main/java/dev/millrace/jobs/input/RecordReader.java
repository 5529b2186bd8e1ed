package dev.millrace.jobs.input;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The rows of one file, each once, always in the same order. Used by one thread. */
interface RecordReader extends Closeable {

  /** The next row, or null at the end. */
  @Nullable SourceRow next() throws IOException;
}
