package dev.millrace.accelerator;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A device of a pool, as of now.
 *
 * @param accelerator how it is reached, without secrets
 * @param state how the pool thinks of it
 * @param reason why it is in a state that is not UP, or what it was of late; empty if all is well
 * @param inFlight batches in its hands
 * @param parallelism batches that it works on at once; 0 while it is not loaded
 * @param tokensPerSecond padded tokens, as measured while it worked; 0 before it did
 * @param batchCost what each batch takes besides its tokens, as measured
 * @param mostTokens the most tokens that it gets at once; lower after it ran out of memory
 * @param batches that it answered
 * @param rows that it answered
 * @param tokens that it answered, padding included
 * @param failures batches that it failed, or did not answer in time
 * @param movedAway batches that were in its hands and ran elsewhere
 * @param hedged of its batches, those that were sent to a second device as well because they were
 *     late
 * @param falls how often it was taken out of work
 * @param joules what it took from its first reading on; 0 where its power is not known
 * @param reading what it says of its health, if it is asked
 */
public record DeviceStatus(
    AcceleratorUri accelerator,
    DeviceState state,
    String reason,
    int inFlight,
    int parallelism,
    double tokensPerSecond,
    Duration batchCost,
    int mostTokens,
    long batches,
    long rows,
    long tokens,
    long failures,
    long movedAway,
    long hedged,
    long falls,
    double joules,
    @Nullable DeviceReading reading) {

  /**
   * What a row of so many tokens took: the device's joules are shared out by tokens, since it is
   * those that it works on. 0 where its power is not known.
   */
  public double joulesOf(long rowTokens) {
    return tokens == 0 ? 0 : joules / tokens * rowTokens;
  }
}
