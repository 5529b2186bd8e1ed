package dev.millrace.jobs.devices;

import dev.millrace.operators.InferenceOptions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of {@code millrace devices} that are its own. */
public final class DevicesOptions {

  public static final ConfigOption<Boolean> GENERATION =
      ConfigOptions.key("generation")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "The model generates texts: --model is what its server calls it. A few short answers"
                  + " are asked of each.");

  public static final ConfigOption<Boolean> RAW =
      ConfigOptions.key("raw")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "The model is used as it is, with the tensors that it has: --model is its folder, or"
                  + " what its server calls it. A row of zeros is asked of each, and no speed is"
                  + " measured.");

  public static final ConfigOption<Boolean> WATCH =
      ConfigOptions.key("watch")
          .booleanType()
          .defaultValue(false)
          .withDescription("Look again and again, until it is stopped.");

  public static final ConfigOption<Duration> INTERVAL =
      ConfigOptions.key("interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(5))
          .withDescription("How long to wait between two looks, with --watch.");

  public static final ConfigOption<Duration> PATIENCE =
      ConfigOptions.key("patience")
          .durationType()
          .defaultValue(Duration.ofMinutes(1))
          .withDescription(
              "How long to wait for devices that are slow to load. What is not known by then is"
                  + " said so.");

  public static final ConfigOption<Boolean> JSON =
      ConfigOptions.key("json")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Print JSON and no table: a list with an object for each device; with --watch a line"
                  + " for each look.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(GENERATION, RAW, WATCH, INTERVAL, PATIENCE, JSON);

  /** Those of inference that say what to look at. */
  static final List<ConfigOption<?>> OF_INFERENCE =
      List.of(
          InferenceOptions.ACCELERATORS,
          InferenceOptions.MODEL,
          InferenceOptions.PRECISION,
          InferenceOptions.GRAPH_PREPARATION,
          InferenceOptions.BATCH_INVARIANCE);

  private DevicesOptions() {}
}
