package dev.millrace.pipelines.sql;

import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import java.util.List;
import org.apache.flink.table.functions.AsyncPredictFunction;

/** Prompts become answers, each by a request of its own. */
record GenerationTask(GenerationSettings generation, PromptLayout prompts, AnswerLayout answers)
    implements PredictionTask {

  /** Requests in flight where nothing is set. */
  private static final int USUAL_IN_FLIGHT = 64;

  @Override
  public List<OptionProblem> problems(InferenceSettings settings) {
    return settings.problems(generation);
  }

  @Override
  public int leastInFlight(InferenceSettings settings) {
    return settings.maxInFlight().orElse(USUAL_IN_FLIGHT);
  }

  @Override
  public int enoughInFlight(InferenceSettings settings) {
    // In order, what is done waits for the oldest, and counts as in flight.
    return 4 * leastInFlight(settings);
  }

  @Override
  public AsyncPredictFunction function(String model, InferenceSettings settings, int rowsInFlight) {
    return new GenerationFunction(model, settings, generation, prompts, answers, rowsInFlight);
  }
}
