package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.tensor.TensorValue;
import dev.millrace.operators.AnswerRequest;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.TensorAnswerer;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * Hands the tensors of a subtask's rows to one engine, which infers together what is there
 * together. Flink holds the rows, in its checkpoints, too, and bounds them.
 *
 * <p>Public because code that Flink generates calls it; users have no use for it.
 */
public final class RawFunction extends AsyncPredictFunction {

  private static final long serialVersionUID = 1L;

  private final String model;
  private final InferenceSettings settings;
  private final RawLayout layout;
  private final int rowsInFlight;
  private transient @Nullable TensorAnswerer answerer;

  RawFunction(String model, InferenceSettings settings, RawLayout layout, int rowsInFlight) {
    this.model = model;
    this.settings = settings;
    this.layout = layout;
    this.rowsInFlight = rowsInFlight;
  }

  @Override
  public void open(FunctionContext context) {
    answerer =
        TensorAnswerer.open(
            model + ", " + context.getTaskInfo().getTaskNameWithSubtasks(),
            settings,
            layout.inputNames(),
            layout.outputNames(),
            rowsInFlight,
            context.getMetricGroup());
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    Prediction prediction = new Prediction();
    List<@Nullable TensorValue> tensors;
    try {
      // The row may be overwritten after the call, so its tensors are made now.
      tensors = layout.tensors(row);
    } catch (IllegalArgumentException unfit) {
      prediction.fail("INVALID", String.valueOf(unfit.getMessage()), 0);
      return prediction.rows;
    }
    Objects.requireNonNull(answerer, "The function is not open.").submit(tensors, prediction);
    return prediction.rows;
  }

  @Override
  public void close() throws Exception {
    if (answerer != null) {
      answerer.close();
    }
  }

  /** The row to come. Completed on the engine's thread; Flink takes it to the task's. */
  private final class Prediction implements AnswerRequest<List<TensorValue>> {

    final CompletableFuture<Collection<RowData>> rows = new CompletableFuture<>();

    @Override
    public void succeed(List<TensorValue> answer) {
      rows.complete(List.of(layout.row(answer)));
    }

    @Override
    public void fail(String category, String reason, int attempts) {
      String error = category + ": " + reason;
      if (layout.onError() == OnError.FAIL) {
        rows.completeExceptionally(OnError.failure(model, error));
      } else {
        rows.complete(List.of(layout.noAnswer(error)));
      }
    }

    @Override
    public void abandon(Throwable failure) {
      rows.completeExceptionally(failure);
    }
  }
}
