package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.ArrowBatch;
import org.jspecify.annotations.Nullable;

/** What a simulated device answers. Safe for use by several threads. */
interface SimAnswers extends AutoCloseable {

  /** Tokens that a batch is for the device; 0 if it is none that the model takes. */
  long tokens(ArrowBatch batch);

  /**
   * The answer to a batch.
   *
   * @return belongs to the caller
   * @throws dev.millrace.accelerator.AcceleratorException if the batch is none that the model
   *     takes, or the fault is one that is told
   */
  ArrowBatch to(ArrowBatch batch, @Nullable Fault fault);

  @Override
  void close();
}
