package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Signature;
import dev.millrace.operators.GenerationOptions;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.OptionProblem;
import dev.millrace.pipelines.sql.PredictionLayout.Cell;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.jspecify.annotations.Nullable;

/** Checks what a {@code CREATE MODEL} said, when a statement that uses the model is planned. */
final class ModelCheck {

  private final ModelProviderFactory.Context context;
  private final Map<String, String> given;
  private final ModelProblems problems = new ModelProblems();

  ModelCheck(ModelProviderFactory.Context context) {
    this.context = context;
    this.given = context.getCatalogModel().getOptions();
  }

  PredictionModel model() {
    String name = context.getObjectIdentifier().asSummaryString();
    tellUnknown();
    OptionReader reader = new OptionReader(problems);
    Configuration own = reader.read(given, ModelOptions.ALL);
    InferenceTask task = own.getOptional(ModelOptions.TASK).orElse(InferenceTask.EMBEDDING);
    if (!given.containsKey(ModelOptions.TASK.key())) {
      problems.add(
          "'task' is missing. Give 'task' = "
              + Arrays.stream(InferenceTask.values())
                  .map(one -> "'" + one + "'")
                  .collect(Collectors.joining(", "))
              + ".");
    }
    Configuration inference = reader.read(withSessionDefaults(), ModelOptions.OF_INFERENCE);
    InferenceSettings settings = InferenceSettings.from(inference);
    tellMeaningless(task);
    PredictionTask checked =
        switch (task) {
          case GENERATION -> generation(settings, own, reader);
          case RAW -> raw(settings, own);
          case EMBEDDING, CLASSIFICATION, TOKEN_CLASSIFICATION, RERANKING ->
              vectors(settings, task, own);
        };
    problems.check("The model " + name);
    return new PredictionModel(
        context.getObjectIdentifier().getObjectName(),
        settings,
        checked,
        context.getConfiguration());
  }

  private PredictionTask vectors(
      InferenceSettings settings, InferenceTask task, Configuration own) {
    tell(settings.problems());
    List<Cell> cells =
        new ColumnCheck(settings.model(), task, context.getCatalogModel(), own, problems).cells();
    List<String> labels = problems.isEmpty() ? labels(settings, task) : List.of();
    return new VectorTask(
        task,
        new PredictionLayout(
            cells,
            labels,
            task == InferenceTask.TOKEN_CLASSIFICATION
                ? SpanLayout.of(context.getCatalogModel())
                : null,
            own.get(ModelOptions.ON_ERROR)));
  }

  private PredictionTask generation(
      InferenceSettings settings, Configuration own, OptionReader reader) {
    Configuration values = reader.read(given, ModelOptions.GENERATION);
    if (GenerationColumns.BY_COLUMNS.equals(values.get(GenerationOptions.JSON_SCHEMA))) {
      values.set(
          GenerationOptions.JSON_SCHEMA,
          GenerationColumns.schemaOf(context.getCatalogModel(), own));
    }
    GenerationSettings generation = GenerationSettings.from(values);
    tell(settings.problems(generation));
    own.addAll(values);
    GenerationColumns columns =
        new GenerationColumns(
            settings.model(), context.getCatalogModel(), own, generation, problems);
    PromptLayout prompts = columns.prompts();
    AnswerLayout answers = columns.answers();
    if (problems.isEmpty()) {
      try {
        String unused = settings.modelDigest(generation);
      } catch (AcceleratorException cannot) {
        problems.add(
            InferenceOptions.MODEL.key(), settings.model(), String.valueOf(cannot.getMessage()));
      }
    }
    return new GenerationTask(generation, prompts, answers);
  }

  private PredictionTask raw(InferenceSettings settings, Configuration own) {
    tell(settings.rawProblems());
    Signature signature = new Signature(List.of(), List.of());
    if (problems.isEmpty()) {
      try {
        signature = settings.rawSignature();
      } catch (AcceleratorException cannot) {
        problems.add(
            InferenceOptions.MODEL.key(), settings.model(), String.valueOf(cannot.getMessage()));
      }
    }
    return new RawTask(
        problems.isEmpty()
            ? new RawColumns(settings.model(), signature, context.getCatalogModel(), own, problems)
                .layout()
            : new RawLayout(List.of(), List.of(), OnError.NULL));
  }

  private void tell(List<OptionProblem> wrong) {
    wrong.forEach(one -> problems.add(one.option(), one.value(), one.remedy()));
  }

  /** What the statement says that its task has no use for. */
  private void tellMeaningless(InferenceTask task) {
    boolean generates = task == InferenceTask.GENERATION;
    for (Map.Entry<String, String> option : given.entrySet()) {
      if (generates && isOneOf(option.getKey(), ModelOptions.OF_BATCHES)) {
        problems.add(
            option.getKey(),
            option.getValue(),
            "It means nothing for generation, where each row is a request of its own. Leave it"
                + " out.");
      } else if (task == InferenceTask.RAW && isOneOf(option.getKey(), ModelOptions.OF_TEXTS)) {
        problems.add(
            option.getKey(),
            option.getValue(),
            "It means nothing for raw tensors, which have no tokens and are used as they are."
                + " Leave it out.");
      } else if (!generates && isOneOf(option.getKey(), ModelOptions.GENERATION)) {
        problems.add(
            option.getKey(),
            option.getValue(),
            "It is for 'task' = 'generation'. Leave it out, or set that.");
      }
    }
  }

  /** What {@code SET 'millrace.batch-rows' = ...} says holds for models that say nothing. */
  private Map<String, String> withSessionDefaults() {
    Map<String, String> values = new HashMap<>();
    context
        .getConfiguration()
        .toMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith(InferenceSettings.FLINK_PREFIX)) {
                values.put(key.substring(InferenceSettings.FLINK_PREFIX.length()), value);
              }
            });
    values.putAll(given);
    return values;
  }

  private void tellUnknown() {
    Set<String> known = new TreeSet<>();
    ModelOptions.ALL.forEach(option -> known.add(option.key()));
    ModelOptions.GENERATION.forEach(option -> known.add(option.key()));
    ModelOptions.OF_INFERENCE.forEach(option -> known.add(option.key()));
    for (Map.Entry<String, String> option : given.entrySet()) {
      String key = option.getKey();
      String instead = instead(key);
      if (instead != null) {
        problems.add(key, option.getValue(), instead);
      } else if (!known.contains(key)
          && !key.equals(FactoryUtil.PROVIDER.key())
          && !key.equals(FactoryUtil.PROPERTY_VERSION.key())) {
        problems.add(
            key,
            option.getValue(),
            "There is no such option. There are " + String.join(", ", known) + ".");
      }
    }
  }

  private static @Nullable String instead(String key) {
    for (Map.Entry<ConfigOption<?>, String> option : ModelOptions.INSTEAD.entrySet()) {
      if (option.getKey().key().equals(key)) {
        return option.getValue();
      }
    }
    return null;
  }

  /**
   * The labels of the model's scores; what the model cannot do is a problem. Whether its graph has
   * what the task needs is seen when it is prepared.
   */
  private List<String> labels(InferenceSettings settings, InferenceTask task) {
    try {
      Model model = Models.resolve(settings.model());
      task.require(model);
      String unused = settings.modelDigest();
      Classifier classifier = model.classifier();
      return classifier == null ? List.of() : classifier.labels();
    } catch (AcceleratorException cannot) {
      problems.add(
          InferenceOptions.MODEL.key(), settings.model(), String.valueOf(cannot.getMessage()));
      return List.of();
    }
  }

  /** The keys of some options. */
  static boolean isOneOf(String key, Iterable<? extends ConfigOption<?>> options) {
    for (ConfigOption<?> option : options) {
      if (option.key().equals(key)) {
        return true;
      }
    }
    return false;
  }
}
