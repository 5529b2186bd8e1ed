package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorUri;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a simulated device is like.
 *
 * @param tokensPerSecond padded tokens that one of its lanes works through in a second
 * @param batchNanos what each batch takes besides
 * @param parallelism batches that it works on at once, each at the full speed
 * @param suggestedTokens the tokens of a batch with which it says to be at its best
 * @param memoryBytes what it has
 * @param tokenBytes what each padded token of a batch takes of it
 * @param dimensions the length of a vector
 * @param seed devices of one seed give the same vectors
 * @param faultSeed which batches the faults happen to
 * @param loadNanos how long it takes to open
 * @param slowFactor how many times longer a batch takes that is slow
 * @param faults when each happens
 */
record SimSettings(
    double tokensPerSecond,
    long batchNanos,
    int parallelism,
    int suggestedTokens,
    long memoryBytes,
    long tokenBytes,
    int dimensions,
    long seed,
    long faultSeed,
    long loadNanos,
    double slowFactor,
    Map<Fault, Fault.Plan> faults) {

  private static final List<String> NAMES =
      List.of(
          "speed",
          "batch-cost",
          "parallelism",
          "tokens",
          "memory",
          "token-memory",
          "dimensions",
          "seed",
          "fault-seed",
          "load-time",
          "slow-factor");

  SimSettings {
    faults = Map.copyOf(faults);
  }

  /**
   * Reads a URI's parameters.
   *
   * @throws dev.millrace.accelerator.AcceleratorException of category CONFIGURATION if one is
   *     unknown or has a wrong value
   */
  static SimSettings of(AcceleratorUri uri) {
    List<String> known = new ArrayList<>(NAMES);
    Arrays.stream(Fault.values()).map(Fault::parameter).forEach(known::add);
    SimParameters parameters = new SimParameters(uri, known);
    Map<Fault, Fault.Plan> faults = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      faults.put(fault, parameters.plan(fault));
    }
    return new SimSettings(
        parameters.number("speed", 1e-3, 1e12, 100_000),
        parameters.nanos("batch-cost", 1_000_000),
        parameters.count("parallelism", 1024, 1),
        parameters.count("tokens", 1 << 24, 4096),
        parameters.bytes("memory", 16L << 30),
        parameters.bytes("token-memory", 64L << 10),
        parameters.count("dimensions", 1 << 16, 384),
        parameters.seed("seed", 0),
        parameters.seed("fault-seed", uri.target().hashCode()),
        parameters.nanos("load-time", 0),
        parameters.number("slow-factor", 1, 1e6, 10),
        faults);
  }

  Fault.Plan plan(Fault fault) {
    return faults.getOrDefault(fault, Fault.Plan.NEVER);
  }
}
