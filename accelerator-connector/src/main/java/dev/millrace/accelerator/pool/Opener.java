package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;

/** How a session on a device is made. */
interface Opener {

  /**
   * Loads the model there. May take minutes.
   *
   * @return a session that the caller owns
   * @throws dev.millrace.accelerator.AcceleratorException if it cannot be
   */
  InferenceSession open(AcceleratorUri uri);
}
