package dev.millrace.accelerator;

import java.time.Duration;

/**
 * How a session is to run.
 *
 * @param batchInvariance whether a row's answer may depend on its batch
 * @param precision what the model's matrix products are computed in
 * @param preparation what is done to the graph before it runs
 * @param parallelism the most batches that a local device works on at once, at least 1
 * @param deadline how long a server may take for one batch before it is told to stop; longer than 0
 */
public record SessionOptions(
    BatchInvariance batchInvariance,
    Precision precision,
    GraphPreparation preparation,
    int parallelism,
    Duration deadline) {

  public SessionOptions {
    if (parallelism < 1) {
      throw new IllegalArgumentException(
          "The parallelism of a session is " + parallelism + ". It must be at least 1.");
    }
    if (deadline.isZero() || deadline.isNegative()) {
      throw new IllegalArgumentException(
          "The deadline of a session is " + deadline.toMillis() + " ms. It must be longer than 0.");
    }
  }

  /**
   * Batch-invariant, in the model's own precision, prepared, one caller for each core, two minutes.
   */
  public static SessionOptions defaults() {
    return new SessionOptions(
        BatchInvariance.STRICT,
        Precision.MODEL,
        GraphPreparation.AUTO,
        Runtime.getRuntime().availableProcessors(),
        Duration.ofMinutes(2));
  }

  /** The same with another batch invariance. */
  public SessionOptions withBatchInvariance(BatchInvariance value) {
    return new SessionOptions(value, precision, preparation, parallelism, deadline);
  }

  /** The same with another precision. */
  public SessionOptions withPrecision(Precision value) {
    return new SessionOptions(batchInvariance, value, preparation, parallelism, deadline);
  }

  /** The same with another preparation of the graph. */
  public SessionOptions withPreparation(GraphPreparation value) {
    return new SessionOptions(batchInvariance, precision, value, parallelism, deadline);
  }

  /** The same with another parallelism. */
  public SessionOptions withParallelism(int value) {
    return new SessionOptions(batchInvariance, precision, preparation, value, deadline);
  }

  /** The same with another deadline. */
  public SessionOptions withDeadline(Duration value) {
    return new SessionOptions(batchInvariance, precision, preparation, parallelism, value);
  }
}
