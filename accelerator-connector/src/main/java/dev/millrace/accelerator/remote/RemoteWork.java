package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;
import org.jspecify.annotations.Nullable;

/** What a batch is at a server: requests, and what is made of their answers. */
public interface RemoteWork {

  /** Who is told how it ended. */
  interface Outcome {

    /**
     * It has ended: nothing reads the batch any more. Called once, on any thread.
     *
     * @param answer belongs to who is told; null after a failure and after a cancellation
     * @param failure null after a success and after a cancellation
     */
    void end(@Nullable ArrowBatch answer, @Nullable AcceleratorException failure);
  }

  /** Begins. Called once; does not block. */
  void start(Outcome outcome);

  /**
   * Nobody wants the answer: the work ends soon, and says so as always. Called on any thread, at
   * most once, after {@link #start} or at the same time.
   */
  void cancel();
}
