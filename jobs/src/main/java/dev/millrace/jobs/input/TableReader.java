package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.schemas.DeadLetter;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The rows of one file in their order, as batches. Used by one thread. */
public interface TableReader extends Closeable {

  /** The next rows, or null at the end. What is in the piece belongs to the caller. */
  @Nullable Piece next() throws IOException;

  /** Some rows, or one row that cannot be read. */
  sealed interface Piece permits Rows, Unreadable {}

  /** Rows that could be read; at least one. */
  record Rows(ArrowBatch batch) implements Piece {}

  /** One row that could not. */
  record Unreadable(DeadLetter letter) implements Piece {}
}
