package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceTask;
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
                  + " gives a text a label and scores, reranking gives a pair of texts a score."
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

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL = List.of(TASK, ON_ERROR, ERROR_COLUMN);

  /** What serves instead of those options of inference that mean nothing in SQL. */
  static final Map<ConfigOption<?>, String> INSTEAD = instead();

  /** Of the options of inference those that mean something here. */
  static final List<ConfigOption<?>> OF_INFERENCE =
      InferenceOptions.ALL.stream().filter(option -> !INSTEAD.containsKey(option)).toList();

  private ModelOptions() {}

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
