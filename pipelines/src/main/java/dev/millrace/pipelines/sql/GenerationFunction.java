package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.operators.AnswerRequest;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.PromptAnswerer;
import java.util.Collection;
import java.util.List;
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
    Prediction prediction = new Prediction();
    // The row may be overwritten after the call, so its prompt is made now.
    Objects.requireNonNull(answerer, "The function is not open.")
        .submit(prompts.of(row), prediction);
    return prediction.rows;
  }

  @Override
  public void close() throws Exception {
    if (answerer != null) {
      answerer.close();
    }
  }

  /** The row to come. Completed on the engine's thread; Flink takes it to the task's. */
  private final class Prediction implements AnswerRequest<GeneratedAnswer> {

    final CompletableFuture<Collection<RowData>> rows = new CompletableFuture<>();

    @Override
    public void succeed(GeneratedAnswer answer) {
      try {
        rows.complete(List.of(answers.row(answer)));
      } catch (UnfitAnswerException unfit) {
        fail("OUTPUT", String.valueOf(unfit.getMessage()), 1);
      }
    }

    @Override
    public void fail(String category, String reason, int attempts) {
      String error = category + ": " + reason;
      if (answers.onError() == OnError.FAIL) {
        rows.completeExceptionally(OnError.failure(model, error));
      } else {
        rows.complete(List.of(answers.noAnswer(error)));
      }
    }

    @Override
    public void abandon(Throwable failure) {
      rows.completeExceptionally(failure);
    }
  }
}
