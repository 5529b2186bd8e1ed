package dev.millrace.pipelines.sql;

import dev.millrace.operators.GenerationOptions;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/**
 * What {@code CREATE MODEL ... WITH ('provider' = 'millrace', ...)} takes besides the options of
 * {@link InferenceOptions}.
 */
public final class ModelOptions {

  public static final ConfigOption<InferenceTask> TASK =
      ConfigOptions.key("task")
          .enumType(InferenceTask.class)
          .noDefaultValue()
          .withDescription(
              "What the model does with a row: embedding makes a vector of a text, classification"
                  + " gives a text a label and scores, token-classification finds the parts of a text"
                  + " that have a label, reranking gives a pair of texts a score,"
                  + " generation answers a prompt, raw gives columns to the model's inputs by their"
                  + " names and takes its outputs likewise."
                  + " Must be given.");

  public static final ConfigOption<OnError> ON_ERROR =
      ConfigOptions.key("on-error")
          .enumType(OnError.class)
          .defaultValue(OnError.NULL)
          .withDescription(
              "What becomes of a row that the model has no answer for, such as one whose text is"
                  + " blank: null, its answer is null; column, its answer is null and the column"
                  + " of error-column says why; fail, the job fails.");

  public static final ConfigOption<String> ERROR_COLUMN =
      ConfigOptions.key("error-column")
          .stringType()
          .defaultValue("error")
          .withDescription(
              "The STRING column of OUTPUT that says why a row has no answer, with on-error"
                  + " column; null in a row that has one.");

  public static final ConfigOption<String> PROMPT =
      ConfigOptions.key("prompt")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "For generation: the prompt, with columns of INPUT in braces, such as 'Summarise:"
                  + " {review}'. A brace that is none of a column's is written twice. Without it"
                  + " INPUT is one STRING column, the whole prompt.");

  /** Those of all tasks, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL = List.of(TASK, ON_ERROR, ERROR_COLUMN);

  /** Those of generation beside them, likewise. */
  public static final List<ConfigOption<?>> GENERATION = generation();

  /** Those of inference that mean nothing where each row is a request of its own. */
  static final List<ConfigOption<?>> OF_BATCHES =
      List.of(
          InferenceOptions.TOKEN_BUDGET,
          InferenceOptions.BATCH_ROWS,
          InferenceOptions.BATCH_LATENCY,
          InferenceOptions.CACHE_SIZE,
          InferenceOptions.BATCH_INVARIANCE,
          InferenceOptions.PRECISION,
          InferenceOptions.GRAPH_PREPARATION);

  /** Those of inference that mean nothing where no text is read. */
  static final List<ConfigOption<?>> OF_TEXTS =
      List.of(
          InferenceOptions.TOKEN_BUDGET,
          InferenceOptions.CACHE_SIZE,
          InferenceOptions.PRECISION,
          InferenceOptions.GRAPH_PREPARATION);

  /** What serves instead of those options of inference that mean nothing in SQL. */
  static final Map<ConfigOption<?>, String> INSTEAD = instead();

  /** Of the options of inference those that mean something here. */
  static final List<ConfigOption<?>> OF_INFERENCE =
      InferenceOptions.ALL.stream().filter(option -> !INSTEAD.containsKey(option)).toList();

  private ModelOptions() {}

  private static List<ConfigOption<?>> generation() {
    List<ConfigOption<?>> options = new ArrayList<>();
    options.add(PROMPT);
    options.addAll(GenerationOptions.ALL);
    return List.copyOf(options);
  }

  private static Map<ConfigOption<?>, String> instead() {
    String flinks = "In SQL this is Flink's to decide: ";
    String state = flinks + "the rows in flight are in the checkpoint. Leave the option out.";
    return Map.of(
        InferenceOptions.MAX_ROWS,
        flinks
            + "set '"
            + ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.key()
            + "'.",
        InferenceOptions.OUTPUT_ORDER,
        flinks
            + "set '"
            + ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_OUTPUT_MODE.key()
            + "'.",
        InferenceOptions.ON_BAD_ROW,
        "In SQL there are no dead letters: set '" + ON_ERROR.key() + "'.",
        InferenceOptions.CHECKPOINT_MODE,
        state,
        InferenceOptions.DRAIN_TIMEOUT,
        state);
  }
}
