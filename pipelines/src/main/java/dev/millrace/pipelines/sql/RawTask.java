package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import java.util.List;
import org.apache.flink.table.functions.AsyncPredictFunction;

/** Columns become tensors and tensors columns, in batches of rows of one shape. */
record RawTask(RawLayout layout) implements PredictionTask {

  /** Batches in flight where nothing is set and a device works on two at once. */
  private static final int USUAL_IN_FLIGHT = 4;

  @Override
  public List<OptionProblem> problems(InferenceSettings settings) {
    return settings.rawProblems();
  }

  @Override
  public int leastInFlight(InferenceSettings settings) {
    return settings.batchRows();
  }

  @Override
  public int enoughInFlight(InferenceSettings settings) {
    return settings.batchRows() * (settings.maxInFlight().orElse(USUAL_IN_FLIGHT) + 1);
  }

  @Override
  public AsyncPredictFunction function(String model, InferenceSettings settings, int rowsInFlight) {
    return new RawFunction(model, settings, layout, rowsInFlight);
  }
}
