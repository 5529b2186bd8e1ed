package dev.millrace.pipelines.sql;

import dev.millrace.operators.AnswerRequest;
import dev.millrace.operators.EmbeddingView;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.TextEmbedder;
import dev.millrace.operators.TextSpan;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * Hands the rows of a subtask to one engine, which infers together what is there together. Flink
 * holds the rows, in its checkpoints, too, and bounds them.
 *
 * <p>Public because code that Flink generates calls it; users have no use for it.
 */
public final class PredictionFunction extends AsyncPredictFunction {

  private static final long serialVersionUID = 1L;

  private final String model;
  private final InferenceSettings settings;
  private final InferenceTask task;
  private final PredictionLayout layout;
  private final int rowsInFlight;
  private transient @Nullable TextEmbedder embedder;

  PredictionFunction(
      String model,
      InferenceSettings settings,
      InferenceTask task,
      PredictionLayout layout,
      int rowsInFlight) {
    this.model = model;
    this.settings = settings;
    this.task = task;
    this.layout = layout;
    this.rowsInFlight = rowsInFlight;
  }

  @Override
  public void open(FunctionContext context) {
    embedder =
        TextEmbedder.open(
            model + ", " + context.getTaskInfo().getTaskNameWithSubtasks(),
            settings,
            task,
            rowsInFlight,
            context.getMetricGroup());
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    TextEmbedder open = Objects.requireNonNull(embedder, "The function is not open.");
    // The row may be overwritten after the call, so its texts are taken now.
    if (task == InferenceTask.TOKEN_CLASSIFICATION) {
      SpanPrediction spans = new SpanPrediction();
      open.submitForSpans(text(row, 0), spans);
      return spans.rows;
    }
    Prediction prediction = new Prediction();
    if (task.readsPairs()) {
      open.submit(text(row, 0), text(row, 1), prediction);
    } else {
      open.submit(text(row, 0), prediction);
    }
    return prediction.rows;
  }

  private static @Nullable String text(RowData row, int column) {
    return row.isNullAt(column) ? null : row.getString(column).toString();
  }

  @Override
  public void close() throws Exception {
    if (embedder != null) {
      embedder.close();
    }
  }

  /** The row to come. Completed on the engine's thread; Flink takes it to the task's. */
  private abstract class Coming<A> implements AnswerRequest<A> {

    final CompletableFuture<Collection<RowData>> rows = new CompletableFuture<>();

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

  private final class Prediction extends Coming<EmbeddingView> {

    @Override
    public void succeed(EmbeddingView vector) {
      rows.complete(List.of(layout.answer(vector)));
    }
  }

  private final class SpanPrediction extends Coming<List<TextSpan>> {

    @Override
    public void succeed(List<TextSpan> spans) {
      rows.complete(List.of(layout.answer(spans)));
    }
  }
}
