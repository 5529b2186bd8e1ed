package dev.millrace.operators;

import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.Precision;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

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
          .withDescription(
              "Where the model runs, as SCHEME:TARGET. Several separated by commas are a pool: a"
                  + " batch goes to the one that will have it done first, and elsewhere when one"
                  + " fails.");

  public static final ConfigOption<String> MODEL =
      ConfigOptions.key("model")
          .stringType()
          .defaultValue("minilm")
          .withDescription(
              "The model: a built-in name (minilm) or a folder in Hugging Face's layout.");

  public static final ConfigOption<Integer> TOKEN_BUDGET =
      ConfigOptions.key("token-budget")
          .intType()
          .noDefaultValue()
          .withDescription(
              "The most tokens in a batch, padding included; a batch is closed when one more row"
                  + " would exceed it. A longer row is a batch of its own. Without it, what suits"
                  + " the accelerator: about 256 on a CPU. An accelerator that runs out of memory"
                  + " gets half as many from then on, and slowly more again while that fits.");

  public static final ConfigOption<Integer> BATCH_ROWS =
      ConfigOptions.key("batch-rows")
          .intType()
          .defaultValue(256)
          .withDescription("A batch is closed when it holds this many rows.");

  public static final ConfigOption<Duration> BATCH_LATENCY =
      ConfigOptions.key("batch-latency")
          .durationType()
          .defaultValue(Duration.ofMillis(20))
          .withDescription(
              "A batch is closed when its first row has waited this long, or as soon as the"
                  + " accelerator has a place for it, if that is later.");

  public static final ConfigOption<Integer> MAX_IN_FLIGHT =
      ConfigOptions.key("max-in-flight")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Batches that a subtask may have at the accelerator at once. Without it, twice as"
                  + " many as the accelerator works on at once, and at least 4.");

  public static final ConfigOption<Integer> MAX_ROWS =
      ConfigOptions.key("max-rows")
          .intType()
          .defaultValue(4096)
          .withDescription(
              "Rows that a subtask may hold: waiting, at the accelerator, or done and kept back by"
                  + " the order. At the bound it takes no more, and Flink's back-pressure does the"
                  + " rest. A checkpoint holds at most as many.");

  public static final ConfigOption<OutputOrder> OUTPUT_ORDER =
      ConfigOptions.key("output-order")
          .enumType(OutputOrder.class)
          .defaultValue(OutputOrder.ORDERED)
          .withDescription(
              "Whether rows leave in the order in which they came, or as they finish (but never"
                  + " across a watermark).");

  public static final ConfigOption<MemorySize> CACHE_SIZE =
      ConfigOptions.key("cache-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(64))
          .withDescription(
              "Off-heap memory in which a subtask keeps the vectors of texts that it has seen, for"
                  + " when they come again; 0 b for none.");

  public static final ConfigOption<BatchInvariance> BATCH_INVARIANCE =
      ConfigOptions.key("batch-invariance")
          .enumType(BatchInvariance.class)
          .defaultValue(BatchInvariance.STRICT)
          .withDescription(
              "With strict, a row's answer does not depend on the rows beside it: a graph that"
                  + " quantises by batch, and cannot be prepared to quantise by row, has its rows"
                  + " run alone. With relaxed they are batched.");

  public static final ConfigOption<Precision> PRECISION =
      ConfigOptions.key("precision")
          .enumType(Precision.class)
          .defaultValue(Precision.MODEL)
          .withDescription(
              "The numbers that a local model computes in: model for those that it comes with, int8"
                  + " for 8-bit integers, quantised from float32 when it is loaded.");

  public static final ConfigOption<GraphPreparation> GRAPH_PREPARATION =
      ConfigOptions.key("graph-preparation")
          .enumType(GraphPreparation.class)
          .defaultValue(GraphPreparation.AUTO)
          .withDescription(
              "With auto, a local model's graph is rewritten in memory when it is loaded: made to"
                  + " quantise by row instead of by batch, and faster. With as-shipped it computes"
                  + " what the file says.");

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
              "How often a batch is tried when the accelerator fails in a way that may pass, with"
                  + " growing pauses. After the last try the job fails over to its last"
                  + " checkpoint; where it is an answer that no model gives, such as NaN, the row"
                  + " that it stays with is a bad row.");

  public static final ConfigOption<Duration> UNAVAILABLE_TIMEOUT =
      ConfigOptions.key("unavailable-timeout")
          .durationType()
          .defaultValue(Duration.ofMinutes(5))
          .withDescription(
              "How long rows are held and the input is held back while the accelerator cannot be"
                  + " reached or takes no work. Then the job fails over to its last checkpoint. A"
                  + " checkpoint cannot pass meanwhile: longer than Flink's checkpoint timeout"
                  + " needs tolerable failed checkpoints, too.");

  public static final ConfigOption<OnBadRow> ON_BAD_ROW =
      ConfigOptions.key("on-bad-row")
          .enumType(OnBadRow.class)
          .defaultValue(OnBadRow.DEAD_LETTER)
          .withDescription(
              "What becomes of a row that cannot be inferred. With dead-letter it leaves by the"
                  + " side output, with the reason and its original bytes. With fail the job fails"
                  + " over. With null it leaves with the others and null for a vector.");

  public static final ConfigOption<Double> MAX_DEAD_LETTER_SHARE =
      ConfigOptions.key("max-dead-letter-share")
          .doubleType()
          .defaultValue(0.5)
          .withDescription(
              "The job fails over when more than this share of the last dead-letter-window rows of"
                  + " a subtask could not be inferred, since then it is not the rows that are bad;"
                  + " from 0 to 1, where 1 is no limit.");

  public static final ConfigOption<Integer> DEAD_LETTER_WINDOW =
      ConfigOptions.key("dead-letter-window")
          .intType()
          .defaultValue(1000)
          .withDescription("The rows of which max-dead-letter-share is the share.");

  public static final ConfigOption<CheckpointMode> CHECKPOINT_MODE =
      ConfigOptions.key("checkpoint-mode")
          .enumType(CheckpointMode.class)
          .defaultValue(CheckpointMode.SNAPSHOT)
          .withDescription(
              "With snapshot the rows that have come in and not left are in the checkpoint. With"
                  + " drain they are inferred first, so that the checkpoint holds none and does not"
                  + " depend on the row's type; the checkpoint waits for that.");

  public static final ConfigOption<Duration> DRAIN_TIMEOUT =
      ConfigOptions.key("drain-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(10))
          .withDescription(
              "How long a checkpoint with checkpoint-mode drain waits. Rows that are not done by"
                  + " then are in that checkpoint, as with snapshot.");

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          ACCELERATORS,
          MODEL,
          TOKEN_BUDGET,
          BATCH_ROWS,
          BATCH_LATENCY,
          MAX_IN_FLIGHT,
          MAX_ROWS,
          OUTPUT_ORDER,
          CACHE_SIZE,
          BATCH_INVARIANCE,
          PRECISION,
          GRAPH_PREPARATION,
          DEADLINE,
          MAX_ATTEMPTS,
          UNAVAILABLE_TIMEOUT,
          ON_BAD_ROW,
          MAX_DEAD_LETTER_SHARE,
          DEAD_LETTER_WINDOW,
          CHECKPOINT_MODE,
          DRAIN_TIMEOUT);

  private InferenceOptions() {}
}
