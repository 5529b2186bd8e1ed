package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;

/** Where batches come in, and where devices answer. Callable from any thread. */
interface Desk {

  /** A batch is to be run. */
  void submit(PoolRun run);

  /** Nobody waits for a batch any more. */
  void cancelled(PoolRun run);

  /**
   * A device has answered. Called once for an attempt, as {@link #failed} is.
   *
   * @param answer belongs to the desk
   */
  void answered(Attempt attempt, ArrowBatch answer);

  /** A device has failed. */
  void failed(Attempt attempt, AcceleratorException failure);
}
