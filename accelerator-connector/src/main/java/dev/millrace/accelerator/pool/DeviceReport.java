package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.DeviceReading;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about one accelerator.
 *
 * @param accelerator how it is reached, without secrets
 * @param trouble why it cannot be used, in words; null if it can
 * @param isLoaded whether the model could be loaded there
 * @param dimensions the length of its vectors; 0 if it makes none, or is not loaded
 * @param batchInvariant whether a row's answer there depends on the row alone
 * @param parallelism batches that it works on at once; 0 if it is not loaded
 * @param loadMillis how long the model took to load
 * @param tokensPerSecond padded tokens, measured for a moment with batches of the size that it
 *     suggests; those that a generator writes, with a few short answers; 0 if it could not be
 * @param batchTokens that size
 * @param canary what is wrong with its answer to an input with a known answer, in words; null if
 *     nothing is, or it was not asked
 * @param reading what it says of its health, if it does
 * @param telemetryTrouble why its telemetry could not be read, in words; null if it could or there
 *     is none
 */
public record DeviceReport(
    AcceleratorUri accelerator,
    @Nullable String trouble,
    boolean isLoaded,
    int dimensions,
    boolean batchInvariant,
    int parallelism,
    long loadMillis,
    double tokensPerSecond,
    int batchTokens,
    @Nullable String canary,
    @Nullable DeviceReading reading,
    @Nullable String telemetryTrouble) {

  /** Whether a job could use it. */
  public boolean isUsable() {
    return isLoaded && trouble == null && canary == null;
  }
}
