package dev.millrace.pipelines.sql;

import java.util.HashSet;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.ml.ModelProvider;

/**
 * Makes the models of {@code 'provider' = 'millrace'}. Flink finds it by its {@code
 * META-INF/services} entry.
 */
public final class MillraceModelFactory implements ModelProviderFactory {

  /** What users write. */
  public static final String IDENTIFIER = "millrace";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(ModelOptions.TASK);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    Set<ConfigOption<?>> options = new HashSet<>(ModelOptions.OF_INFERENCE);
    options.addAll(ModelOptions.ALL);
    options.addAll(ModelOptions.GENERATION);
    options.remove(ModelOptions.TASK);
    return options;
  }

  /**
   * Checks the statement that made the model, whole.
   *
   * @throws org.apache.flink.table.api.ValidationException with everything that is wrong
   */
  @Override
  public ModelProvider createModelProvider(Context context) {
    return new ModelCheck(context).model();
  }
}
