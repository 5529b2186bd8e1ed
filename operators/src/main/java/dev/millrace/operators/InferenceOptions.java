package dev.millrace.operators;

import dev.millrace.accelerator.BatchInvariance;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * What a user can set about inference, declared once. The same keys serve everywhere: {@code
 * --batch-rows} on the command line, {@code millrace.batch-rows} in Flink's configuration ({@link
 * InferenceSettings#fromFlink}).
 */
public final class InferenceOptions {

  public static final ConfigOption<String> ACCELERATORS =
      ConfigOptions.key("accelerators")
          .stringType()
          .defaultValue("onnx:cpu")
          .withDescription("Where the model runs, as SCHEME:TARGET.");

  public static final ConfigOption<String> MODEL =
      ConfigOptions.key("model")
          .stringType()
          .defaultValue("minilm")
          .withDescription(
              "The model: a built-in name (minilm) or a folder in Hugging Face's layout.");

  public static final ConfigOption<Integer> BATCH_ROWS =
      ConfigOptions.key("batch-rows")
          .intType()
          .defaultValue(64)
          .withDescription("A batch is closed when it holds this many rows.");

  public static final ConfigOption<Duration> BATCH_LATENCY =
      ConfigOptions.key("batch-latency")
          .durationType()
          .defaultValue(Duration.ofMillis(20))
          .withDescription("A batch is closed when its first row has waited this long.");

  public static final ConfigOption<Integer> MAX_IN_FLIGHT =
      ConfigOptions.key("max-in-flight")
          .intType()
          .defaultValue(4)
          .withDescription(
              "Batches that a subtask may have at the accelerator at once. At the bound it takes no"
                  + " more rows, and Flink's back-pressure does the rest.");

  public static final ConfigOption<OutputOrder> OUTPUT_ORDER =
      ConfigOptions.key("output-order")
          .enumType(OutputOrder.class)
          .defaultValue(OutputOrder.ORDERED)
          .withDescription(
              "Whether rows leave in the order in which they came, or as they finish (but never"
                  + " across a watermark).");

  public static final ConfigOption<BatchInvariance> BATCH_INVARIANCE =
      ConfigOptions.key("batch-invariance")
          .enumType(BatchInvariance.class)
          .defaultValue(BatchInvariance.STRICT)
          .withDescription(
              "With strict, a row's answer does not depend on the rows beside it: a model that"
                  + " quantises by batch has its rows run alone. With relaxed they are batched.");

  public static final ConfigOption<Duration> DEADLINE =
      ConfigOptions.key("deadline")
          .durationType()
          .defaultValue(Duration.ofMinutes(2))
          .withDescription("How long an accelerator may take for one batch before it is given up.");

  public static final ConfigOption<Integer> MAX_ATTEMPTS =
      ConfigOptions.key("max-attempts")
          .intType()
          .defaultValue(3)
          .withDescription(
              "How often a batch is tried when the accelerator fails in a way that may pass. After"
                  + " the last try the job fails over to its last checkpoint.");

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          ACCELERATORS,
          MODEL,
          BATCH_ROWS,
          BATCH_LATENCY,
          MAX_IN_FLIGHT,
          OUTPUT_ORDER,
          BATCH_INVARIANCE,
          DEADLINE,
          MAX_ATTEMPTS);

  private InferenceOptions() {}
}
