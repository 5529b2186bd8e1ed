package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.tensor.TensorValue;
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
    FunctionClasses.releaseWith(context);
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
    ComingRow<List<TensorValue>> coming =
        new ComingRow<>(model, layout.onError(), layout::row, layout::noAnswer);
    List<@Nullable TensorValue> tensors;
    try {
      // The row may be overwritten after the call, so its tensors are made now.
      tensors = layout.tensors(row);
    } catch (IllegalArgumentException unfit) {
      coming.fail("INVALID", String.valueOf(unfit.getMessage()), 0);
      return coming.rows();
    }
    Objects.requireNonNull(answerer, "The function is not open.").submit(tensors, coming);
    return coming.rows();
  }

  @Override
  public void close() throws Exception {
    if (answerer != null) {
      answerer.close();
    }
  }
}
