package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.PromptAnswerer;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * Hands the prompts of a subtask to one engine, which has many of them answered at once. Flink
 * holds the rows, in its checkpoints, too, and bounds them.
 *
 * <p>Public because code that Flink generates calls it; users have no use for it.
 */
public final class GenerationFunction extends AsyncPredictFunction {

  private static final long serialVersionUID = 1L;

  private final String model;
  private final InferenceSettings settings;
  private final GenerationSettings generation;
  private final PromptLayout prompts;
  private final AnswerLayout answers;
  private final int rowsInFlight;
  private transient @Nullable PromptAnswerer answerer;

  GenerationFunction(
      String model,
      InferenceSettings settings,
      GenerationSettings generation,
      PromptLayout prompts,
      AnswerLayout answers,
      int rowsInFlight) {
    this.model = model;
    this.settings = settings;
    this.generation = generation;
    this.prompts = prompts;
    this.answers = answers;
    this.rowsInFlight = rowsInFlight;
  }

  @Override
  public void open(FunctionContext context) {
    FunctionClasses.releaseWith(context);
    answerer =
        PromptAnswerer.open(
            model + ", " + context.getTaskInfo().getTaskNameWithSubtasks(),
            settings,
            generation,
            rowsInFlight,
            context.getMetricGroup());
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    ComingRow<GeneratedAnswer> coming =
        new ComingRow<>(model, answers.onError(), answers::row, answers::noAnswer);
    // The row may be overwritten after the call, so its prompt is made now.
    Objects.requireNonNull(answerer, "The function is not open.").submit(prompts.of(row), coming);
    return coming.rows();
  }

  @Override
  public void close() throws Exception {
    if (answerer != null) {
      answerer.close();
    }
  }
}
