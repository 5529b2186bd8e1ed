package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DelegatingConfiguration;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The values of {@link InferenceOptions} for one stage of a job.
 *
 * @param accelerator where the model runs, as a URI
 * @param model a built-in name or a folder
 * @param batchRows rows after which a batch is closed, at least 1
 * @param batchLatency the longest that a row waits for others
 * @param maxInFlight batches at the accelerator at once, for each subtask, at least 1
 * @param outputOrder in which order rows leave
 * @param batchInvariance whether a row's answer may depend on its batch
 * @param deadline how long one batch may take
 * @param maxAttempts how often a batch is tried, at least 1
 */
public record InferenceSettings(
    String accelerator,
    String model,
    int batchRows,
    Duration batchLatency,
    int maxInFlight,
    OutputOrder outputOrder,
    BatchInvariance batchInvariance,
    Duration deadline,
    int maxAttempts)
    implements Serializable {

  /** What Millrace's keys begin with in Flink's configuration. */
  public static final String FLINK_PREFIX = "millrace.";

  /** The settings that {@code config} holds, with defaults for what it does not. */
  public static InferenceSettings from(ReadableConfig config) {
    return new InferenceSettings(
        config.get(InferenceOptions.ACCELERATORS),
        config.get(InferenceOptions.MODEL),
        config.get(InferenceOptions.BATCH_ROWS),
        config.get(InferenceOptions.BATCH_LATENCY),
        config.get(InferenceOptions.MAX_IN_FLIGHT),
        config.get(InferenceOptions.OUTPUT_ORDER),
        config.get(InferenceOptions.BATCH_INVARIANCE),
        config.get(InferenceOptions.DEADLINE),
        config.get(InferenceOptions.MAX_ATTEMPTS));
  }

  /**
   * The settings that a Flink configuration holds: the same keys, each with {@value #FLINK_PREFIX}
   * before it.
   */
  public static InferenceSettings fromFlink(Configuration flink) {
    return from(new DelegatingConfiguration(flink, FLINK_PREFIX));
  }

  /**
   * Everything that is wrong with these settings, found without reaching an accelerator. Reads the
   * model's files. Empty if a job may start.
   */
  public List<OptionProblem> problems() {
    List<OptionProblem> problems = new ArrayList<>();
    try {
      List<AcceleratorUri> uris = AcceleratorUri.parseList(accelerator);
      uris.forEach(Sessions::validate);
      if (uris.size() > 1) {
        problems.add(
            new OptionProblem(
                InferenceOptions.ACCELERATORS.key(),
                accelerator,
                "This version runs a job on one accelerator. Name one."));
      }
    } catch (AcceleratorException wrong) {
      problems.add(
          new OptionProblem(
              InferenceOptions.ACCELERATORS.key(),
              accelerator,
              String.valueOf(wrong.getMessage())));
    }
    try {
      Models.resolve(model);
    } catch (AcceleratorException wrong) {
      problems.add(
          new OptionProblem(
              InferenceOptions.MODEL.key(), model, String.valueOf(wrong.getMessage())));
    }
    atLeastOne(problems, InferenceOptions.BATCH_ROWS, batchRows);
    atLeastOne(problems, InferenceOptions.MAX_IN_FLIGHT, maxInFlight);
    atLeastOne(problems, InferenceOptions.MAX_ATTEMPTS, maxAttempts);
    longerThanNothing(problems, InferenceOptions.BATCH_LATENCY, batchLatency);
    longerThanNothing(problems, InferenceOptions.DEADLINE, deadline);
    return problems;
  }

  /** The accelerator's URI. */
  AcceleratorUri acceleratorUri() {
    return AcceleratorUri.parse(accelerator);
  }

  SessionOptions sessionOptions() {
    return SessionOptions.defaults().withBatchInvariance(batchInvariance);
  }

  private static void atLeastOne(
      List<OptionProblem> problems, ConfigOption<Integer> option, int value) {
    if (value < 1) {
      problems.add(
          new OptionProblem(
              option.key(),
              Integer.toString(value),
              "It must be at least 1. Without the option it is " + option.defaultValue() + "."));
    }
  }

  private static void longerThanNothing(
      List<OptionProblem> problems, ConfigOption<Duration> option, Duration value) {
    if (value.isNegative() || value.isZero()) {
      problems.add(
          new OptionProblem(
              option.key(),
              value.toMillis() + " ms",
              "It must be longer than 0, for example '20 ms' or '2 min'."));
    }
  }
}
