package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import java.util.List;
import org.apache.flink.table.functions.AsyncPredictFunction;

/** What a checked model does with rows. */
interface PredictionTask {

  /** What is wrong with settings that a query has changed. */
  List<OptionProblem> problems(InferenceSettings settings);

  /** With fewer rows in flight the model is held down. */
  int leastInFlight(InferenceSettings settings);

  /** The rows in flight with which the model is at its best. */
  int enoughInFlight(InferenceSettings settings);

  /**
   * The function that Flink calls for each row.
   *
   * @param model what messages call it
   * @param rowsInFlight as many as Flink allows
   */
  AsyncPredictFunction function(String model, InferenceSettings settings, int rowsInFlight);
}
