package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
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

  /** Batches in flight where nothing is set and a device works on two at once. */
  private static final int USUAL_IN_FLIGHT = 4;

  private static final Logger LOG = LoggerFactory.getLogger(PredictionModel.class);

  private static final List<ConfigOption<?>> FLINKS_OWN =
      List.of(
          MLPredictRuntimeConfigOptions.ASYNC,
          MLPredictRuntimeConfigOptions.ASYNC_OUTPUT_MODE,
          MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS,
          MLPredictRuntimeConfigOptions.ASYNC_TIMEOUT);

  private final String name;
  private final InferenceSettings settings;
  private final InferenceTask task;
  private final PredictionLayout layout;
  private final ReadableConfig session;

  PredictionModel(
      String name,
      InferenceSettings settings,
      InferenceTask task,
      PredictionLayout layout,
      ReadableConfig session) {
    this.name = name;
    this.settings = settings;
    this.task = task;
    this.layout = layout;
    this.session = session;
  }

  @Override
  public AsyncPredictFunction createAsyncPredictFunction(Context context) {
    InferenceSettings ofQuery = ofQuery(context.runtimeConfig());
    int rowsInFlight = rowsInFlight(context.runtimeConfig());
    if (rowsInFlight < ofQuery.batchRows()) {
      LOG.warn(
          "ML_PREDICT gives the model {} {} rows at a time, so no batch holds more. Set '{}' to {}"
              + " or more, or MAP['{}', '{}'] as the last argument of ML_PREDICT.",
          name,
          rowsInFlight,
          ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.key(),
          enough(ofQuery),
          MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS.key(),
          enough(ofQuery));
    }
    return new PredictionFunction(name, ofQuery, task, layout, rowsInFlight);
  }

  private static int enough(InferenceSettings settings) {
    return settings.batchRows() * (settings.maxInFlight().orElse(USUAL_IN_FLIGHT) + 1);
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
    ofQuery
        .problems()
        .forEach(wrong -> problems.add(wrong.option(), wrong.value(), wrong.remedy()));
    problems.check("The last argument of ML_PREDICT with the model " + name);
    return ofQuery;
  }

  @Override
  public ModelProvider copy() {
    return new PredictionModel(name, settings, task, layout, session);
  }
}
