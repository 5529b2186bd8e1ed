package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Batches one after another. Used by one thread. */
public interface ArrowBatches extends Closeable {

  /** The next batch, whose owner is the caller; null at the end. */
  @Nullable ArrowBatch next() throws IOException;
}
