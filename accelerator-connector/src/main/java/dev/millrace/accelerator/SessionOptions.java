package dev.millrace.accelerator;

/**
 * How a session is to run.
 *
 * @param batchInvariance whether a row's answer may depend on its batch
 * @param parallelism the most batches that a local device works on at once, at least 1
 */
public record SessionOptions(BatchInvariance batchInvariance, int parallelism) {

  public SessionOptions {
    if (parallelism < 1) {
      throw new IllegalArgumentException(
          "The parallelism of a session is " + parallelism + ". It must be at least 1.");
    }
  }

  /** Batch-invariant, one caller for each core. */
  public static SessionOptions defaults() {
    return new SessionOptions(BatchInvariance.STRICT, Runtime.getRuntime().availableProcessors());
  }

  /** The same with another batch invariance. */
  public SessionOptions withBatchInvariance(BatchInvariance value) {
    return new SessionOptions(value, parallelism);
  }
}
