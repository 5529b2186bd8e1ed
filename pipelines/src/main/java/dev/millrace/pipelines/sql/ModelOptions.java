package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * What {@code CREATE MODEL ... WITH ('provider' = 'millrace', ...)} takes besides the options of
 * {@link InferenceOptions}.
 */
public final class ModelOptions {

  public static final ConfigOption<ModelTask> TASK =
      ConfigOptions.key("task")
          .enumType(ModelTask.class)
          .noDefaultValue()
          .withDescription(
              "What the model does with a row: embedding makes a vector of a text. Must be given.");

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

  /**
   * Of the options of inference those that mean something here: Flink holds and orders rows and
   * keeps them in checkpoints, and {@link #ON_ERROR} says what becomes of bad ones.
   */
  static final List<ConfigOption<?>> OF_INFERENCE = ofInference();

  private ModelOptions() {}

  private static List<ConfigOption<?>> ofInference() {
    List<ConfigOption<?>> options = new ArrayList<>(InferenceOptions.ALL);
    options.removeAll(
        List.of(
            InferenceOptions.MAX_ROWS,
            InferenceOptions.OUTPUT_ORDER,
            InferenceOptions.ON_BAD_ROW,
            InferenceOptions.MAX_DEAD_LETTER_SHARE,
            InferenceOptions.DEAD_LETTER_WINDOW,
            InferenceOptions.CHECKPOINT_MODE,
            InferenceOptions.DRAIN_TIMEOUT));
    return List.copyOf(options);
  }
}
