package dev.millrace.pipelines.sql;

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
    FunctionClasses.releaseWith(context);
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
      ComingRow<List<TextSpan>> spans =
          new ComingRow<>(model, layout.onError(), layout::answer, layout::noAnswer);
      open.submitForSpans(text(row, 0), spans);
      return spans.rows();
    }
    ComingRow<EmbeddingView> coming =
        new ComingRow<>(model, layout.onError(), layout::answer, layout::noAnswer);
    if (task.readsPairs()) {
      open.submit(text(row, 0), text(row, 1), coming);
    } else {
      open.submit(text(row, 0), coming);
    }
    return coming.rows();
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
}
