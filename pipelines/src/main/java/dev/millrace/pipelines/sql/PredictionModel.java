package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceSettings;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.MLPredictRuntimeConfigOptions;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model that was checked, with what the session says of its use. */
final class PredictionModel implements AsyncPredictRuntimeProvider {

  private static final Logger LOG = LoggerFactory.getLogger(PredictionModel.class);

  private static final List<ConfigOption<?>> FLINKS_OWN =
      List.of(
          MLPredictRuntimeConfigOptions.ASYNC,
          MLPredictRuntimeConfigOptions.ASYNC_OUTPUT_MODE,
          MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS,
          MLPredictRuntimeConfigOptions.ASYNC_TIMEOUT);

  private final String name;
  private final InferenceSettings settings;
  private final PredictionTask task;
  private final ReadableConfig session;

  PredictionModel(
      String name, InferenceSettings settings, PredictionTask task, ReadableConfig session) {
    this.name = name;
    this.settings = settings;
    this.task = task;
    this.session = session;
  }

  @Override
  public AsyncPredictFunction createAsyncPredictFunction(Context context) {
    InferenceSettings ofQuery = ofQuery(context.runtimeConfig());
    int rowsInFlight = rowsInFlight(context.runtimeConfig());
    if (rowsInFlight < task.leastInFlight(ofQuery)) {
      int enough = task.enoughInFlight(ofQuery);
      LOG.warn(
          "ML_PREDICT gives the model {} {} rows at a time, so no more are inferred together. Set"
              + " '{}' to {} or more, or MAP['{}', '{}'] as the last argument of ML_PREDICT.",
          name,
          rowsInFlight,
          ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.key(),
          enough,
          MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS.key(),
          enough);
    }
    return task.function(name, ofQuery, rowsInFlight);
  }

  private int rowsInFlight(ReadableConfig query) {
    return query
        .getOptional(MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS)
        .orElseGet(
            () ->
                session.get(
                    ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS));
  }

  /** The settings with those of the query's last argument in their place. */
  private InferenceSettings ofQuery(ReadableConfig query) {
    ModelProblems problems = new ModelProblems();
    Map<String, String> given = query.toMap();
    for (Map.Entry<String, String> option : given.entrySet()) {
      String key = option.getKey();
      if (!ModelCheck.isOneOf(key, ModelOptions.OF_INFERENCE)
          && !ModelCheck.isOneOf(key, FLINKS_OWN)) {
        problems.add(key, option.getValue(), "There is no such option.");
      }
    }
    Configuration values = settings.toConfiguration();
    values.addAll(new OptionReader(problems).read(given, ModelOptions.OF_INFERENCE));
    InferenceSettings ofQuery = InferenceSettings.from(values);
    task.problems(ofQuery)
        .forEach(wrong -> problems.add(wrong.option(), wrong.value(), wrong.remedy()));
    problems.check("The last argument of ML_PREDICT with the model " + name);
    return ofQuery;
  }

  @Override
  public ModelProvider copy() {
    return new PredictionModel(name, settings, task, session);
  }
}
