package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.Signature;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DelegatingConfiguration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@link InferenceOptions} for one stage of a job. Immutable. What each means and
 * what it is without being set is said where the option is declared.
 */
public final class InferenceSettings implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What Millrace's keys begin with in Flink's configuration. */
  public static final String FLINK_PREFIX = "millrace.";

  private static final int LEAST_IN_FLIGHT = 4;

  private final Configuration values = new Configuration();

  private InferenceSettings(ReadableConfig config) {
    InferenceOptions.ALL.forEach(option -> copy(option, config));
  }

  private <T> void copy(ConfigOption<T> option, ReadableConfig config) {
    T value = config.get(option);
    if (value != null) {
      values.set(option, value);
    }
  }

  /** The settings that {@code config} holds, with defaults for what it does not. */
  public static InferenceSettings from(ReadableConfig config) {
    return new InferenceSettings(config);
  }

  /**
   * The settings that a Flink configuration holds: the same keys, each with {@value #FLINK_PREFIX}
   * before it.
   */
  public static InferenceSettings fromFlink(Configuration flink) {
    return from(new DelegatingConfiguration(flink, FLINK_PREFIX));
  }

  /** The values as a configuration that {@link #from} reads; the caller may change it. */
  public Configuration toConfiguration() {
    return new Configuration(values);
  }

  /**
   * Everything that is wrong with these settings, found without reaching an accelerator. Reads the
   * model's files. Empty if a job may start.
   */
  public List<OptionProblem> problems() {
    return problemsWith(() -> Models.resolve(model()));
  }

  /** The same, and whether the model is for a task. */
  public List<OptionProblem> problems(InferenceTask task) {
    return problemsWith(
        () -> {
          Model model = Models.resolve(model());
          task.require(model);
          return model;
        });
  }

  /** The same for a model that generates texts: all that is wrong with both. */
  public List<OptionProblem> problems(GenerationSettings generation) {
    List<OptionProblem> problems = problemsWith(() -> generation.model(model()));
    problems.addAll(generation.problems());
    return problems;
  }

  /** The same for a model that is used as it is. */
  public List<OptionProblem> rawProblems() {
    return problemsWith(() -> Models.raw(model()));
  }

  private List<OptionProblem> problemsWith(Supplier<Model> modelOf) {
    List<OptionProblem> problems = new ArrayList<>();
    try {
      Sessions.validate(acceleratorUri());
    } catch (AcceleratorException wrong) {
      problems.add(
          new OptionProblem(
              InferenceOptions.ACCELERATORS.key(),
              accelerator(),
              String.valueOf(wrong.getMessage())));
    }
    try {
      Model model = modelOf.get();
      if (problems.isEmpty()) {
        Sessions.validate(acceleratorUri(), model);
      }
    } catch (AcceleratorException wrong) {
      problems.add(
          new OptionProblem(
              InferenceOptions.MODEL.key(), model(), String.valueOf(wrong.getMessage())));
    }
    atLeastOne(problems, InferenceOptions.TOKEN_BUDGET);
    atLeastOne(problems, InferenceOptions.BATCH_ROWS);
    atLeastOne(problems, InferenceOptions.MAX_IN_FLIGHT);
    atLeastOne(problems, InferenceOptions.MAX_ROWS);
    atLeastOne(problems, InferenceOptions.MAX_ATTEMPTS);
    atLeastOne(problems, InferenceOptions.DEAD_LETTER_WINDOW);
    double share = maxDeadLetterShare();
    if (!(share >= 0 && share <= 1)) {
      problems.add(
          new OptionProblem(
              InferenceOptions.MAX_DEAD_LETTER_SHARE.key(),
              Double.toString(share),
              "It must be from 0, for none, to 1, for no limit."));
    }
    longerThanNothing(problems, InferenceOptions.BATCH_LATENCY);
    longerThanNothing(problems, InferenceOptions.DEADLINE);
    longerThanNothing(problems, InferenceOptions.UNAVAILABLE_TIMEOUT);
    longerThanNothing(problems, InferenceOptions.DRAIN_TIMEOUT);
    return problems;
  }

  /** Where the model runs, as the user wrote it. */
  public String accelerator() {
    return values.get(InferenceOptions.ACCELERATORS);
  }

  /**
   * A built-in name or a folder; the name at the server of a model that generates texts or is used
   * as it is.
   */
  public String model() {
    return values.get(InferenceOptions.MODEL);
  }

  /** The most padded tokens in a batch, at least 1; empty for what suits the accelerator. */
  public OptionalInt tokenBudget() {
    return optionalInt(InferenceOptions.TOKEN_BUDGET);
  }

  /** The most rows in a batch, at least 1. */
  public int batchRows() {
    return values.get(InferenceOptions.BATCH_ROWS);
  }

  /** The longest that a row waits for others while the accelerator is free. */
  public Duration batchLatency() {
    return values.get(InferenceOptions.BATCH_LATENCY);
  }

  /** Batches of a subtask at the accelerator at once, at least 1; empty for what suits it. */
  public OptionalInt maxInFlight() {
    return optionalInt(InferenceOptions.MAX_IN_FLIGHT);
  }

  /** As set, or enough that each of its places is taken while one batch goes and one comes. */
  int maxInFlight(InferenceSession session) {
    return maxInFlight(maxInFlight(), session);
  }

  /** The same of what is set. */
  static int maxInFlight(OptionalInt set, InferenceSession session) {
    // Asked for each row: a lambda would be an object each time.
    return set.isPresent() ? set.getAsInt() : Math.max(LEAST_IN_FLIGHT, 2 * session.parallelism());
  }

  /** Rows that a subtask holds, at least 1. */
  public int maxRows() {
    return values.get(InferenceOptions.MAX_ROWS);
  }

  /** In which order rows leave. */
  public OutputOrder outputOrder() {
    return values.get(InferenceOptions.OUTPUT_ORDER);
  }

  /** Memory of a subtask for vectors of texts that may come again. */
  public MemorySize cacheSize() {
    return values.get(InferenceOptions.CACHE_SIZE);
  }

  /** How long one batch may take. */
  public Duration deadline() {
    return values.get(InferenceOptions.DEADLINE);
  }

  /** How often a batch is tried, at least 1. */
  public int maxAttempts() {
    return values.get(InferenceOptions.MAX_ATTEMPTS);
  }

  /** How long rows are held while the accelerator takes no work. */
  public Duration unavailableTimeout() {
    return values.get(InferenceOptions.UNAVAILABLE_TIMEOUT);
  }

  /** What becomes of a row that cannot be inferred. */
  public OnBadRow onBadRow() {
    return values.get(InferenceOptions.ON_BAD_ROW);
  }

  /** The most bad rows as a share of the last {@link #deadLetterWindow()}, from 0 to 1. */
  public double maxDeadLetterShare() {
    return values.get(InferenceOptions.MAX_DEAD_LETTER_SHARE);
  }

  /** Rows of which {@link #maxDeadLetterShare()} is a share, at least 1. */
  public int deadLetterWindow() {
    return values.get(InferenceOptions.DEAD_LETTER_WINDOW);
  }

  /** What a checkpoint does with rows that have not left. */
  public CheckpointMode checkpointMode() {
    return values.get(InferenceOptions.CHECKPOINT_MODE);
  }

  /** How long a checkpoint waits for them, with {@link CheckpointMode#DRAIN}. */
  public Duration drainTimeout() {
    return values.get(InferenceOptions.DRAIN_TIMEOUT);
  }

  /**
   * The digest of the model as it will run, with what is done to its graph. Reads the model; takes
   * a moment.
   *
   * @throws AcceleratorException if the model cannot be run so
   */
  public String modelDigest() {
    return digestOf(Models.resolve(model()));
  }

  /**
   * The same for a model that generates texts. Asks its server.
   *
   * @throws AcceleratorException if the server cannot be reached or has no such model
   */
  public String modelDigest(GenerationSettings generation) {
    return digestOf(generation.model(model()));
  }

  /**
   * The inputs and outputs of a model that is used as it is. Reads its graph, or asks its server.
   *
   * @throws AcceleratorException if the model cannot be run so
   */
  public Signature rawSignature() {
    return Sessions.signature(acceleratorUri(), Models.raw(model()), sessionOptions());
  }

  private String digestOf(Model model) {
    return Sessions.digest(acceleratorUri(), model, sessionOptions());
  }

  /** The accelerator's URI, or that of a pool if there are several. */
  AcceleratorUri acceleratorUri() {
    return AcceleratorUri.parsePool(accelerator());
  }

  /** How the model is loaded. */
  public SessionOptions sessionOptions() {
    return SessionOptions.defaults()
        .withBatchInvariance(values.get(InferenceOptions.BATCH_INVARIANCE))
        .withPrecision(values.get(InferenceOptions.PRECISION))
        .withPreparation(values.get(InferenceOptions.GRAPH_PREPARATION))
        .withDeadline(deadline());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof InferenceSettings settings && values.equals(settings.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return "InferenceSettings" + values;
  }

  private OptionalInt optionalInt(ConfigOption<Integer> option) {
    return values.getOptional(option).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private void atLeastOne(List<OptionProblem> problems, ConfigOption<Integer> option) {
    Integer value = values.get(option);
    if (value != null && value < 1) {
      problems.add(
          new OptionProblem(
              option.key(),
              value.toString(),
              "It must be at least 1."
                  + (option.hasDefaultValue()
                      ? " Without the option it is " + option.defaultValue() + "."
                      : "")));
    }
  }

  private void longerThanNothing(List<OptionProblem> problems, ConfigOption<Duration> option) {
    Duration value = values.get(option);
    if (value.isNegative() || value.isZero()) {
      problems.add(
          new OptionProblem(
              option.key(),
              value.toMillis() + " ms",
              "It must be longer than 0, for example '20 ms' or '2 min'."));
    }
  }
}
