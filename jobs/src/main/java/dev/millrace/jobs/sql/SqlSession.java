package dev.millrace.jobs.sql;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.TableConfigOptions;

/**
 * What a script has set and made so far.
 *
 * <p>Flink fixes the mode, batch or streaming, when it makes an environment. When a script changes
 * it, an environment is made anew, and what the script had made is made in it again.
 */
final class SqlSession {

  private static final String MODE = ExecutionOptions.RUNTIME_MODE.key();

  /** As many rows as the operators of Millrace hold. */
  private static final int ROWS_IN_FLIGHT = 4096;

  private static final int SEARCHES_IN_FLIGHT = 256;
  private static final Duration PATIENCE = Duration.ofHours(1);
  private static final Duration BETWEEN_CHECKPOINTS = Duration.ofSeconds(3);

  private final StreamExecutionEnvironment flink;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<String> made = new ArrayList<>();
  private final boolean clusterHasCheckpoints;
  private StreamTableEnvironment tables;

  SqlSession(StreamExecutionEnvironment flink) {
    this.flink = flink;
    this.clusterHasCheckpoints = flink.getCheckpointConfig().isCheckpointingEnabled();
    this.tables = environment(false);
  }

  private StreamTableEnvironment environment(boolean batch) {
    EnvironmentSettings.Builder mode = EnvironmentSettings.newInstance();
    StreamTableEnvironment environment =
        StreamTableEnvironment.create(
            flink, batch ? mode.inBatchMode().build() : mode.inStreamingMode().build());
    setDefaults(environment);
    return environment;
  }

  /**
   * Flink's own bounds would have rows inferred ten at a time. A row waits behind all that are in
   * flight before it, so it is given time; an accelerator's answer has a deadline of its own.
   * Without checkpoints files that are written in streaming mode would stay hidden.
   */
  private void setDefaults(StreamTableEnvironment environment) {
    TableConfig config = environment.getConfig();
    config.set(
        ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS,
        ROWS_IN_FLIGHT);
    config.set(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT, PATIENCE);
    config.set(
        ExecutionConfigOptions.TABLE_EXEC_ASYNC_VECTOR_SEARCH_MAX_CONCURRENT_OPERATIONS,
        SEARCHES_IN_FLIGHT);
    config.set(ExecutionConfigOptions.TABLE_EXEC_ASYNC_VECTOR_SEARCH_TIMEOUT, PATIENCE);
    if (!clusterHasCheckpoints && !isBatch()) {
      config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, BETWEEN_CHECKPOINTS);
    }
  }

  boolean isStreaming() {
    return !isBatch();
  }

  /** Whether the script has asked that each job that writes ends before what follows it. */
  boolean waitsForWrites() {
    return tables.getConfig().get(TableConfigOptions.TABLE_DML_SYNC);
  }

  private boolean isBatch() {
    return RuntimeExecutionMode.BATCH.name().equalsIgnoreCase(settings.get(MODE));
  }

  /** What the script has set, in the order in which it was set. */
  Map<String, String> settings() {
    return settings;
  }

  void apply(Setting setting) {
    boolean wasBatch = isBatch();
    Set<String> before = Set.copyOf(settings.keySet());
    String key = setting.key();
    if (key == null) {
      settings.clear();
    } else if (setting.value() == null) {
      settings.remove(key);
    } else {
      settings.put(key, setting.value());
    }
    if (wasBatch != isBatch()) {
      tables = environment(isBatch());
      made.forEach(tables::executeSql);
    }
    Configuration set = tables.getConfig().getConfiguration();
    for (String old : before) {
      if (!old.equals(MODE)) {
        set.removeKey(old);
      }
    }
    setDefaults(tables);
    settings.forEach(
        (name, value) -> {
          if (!name.equals(MODE)) {
            set.setString(name, value);
          }
        });
  }

  /** Runs a statement that Flink knows. */
  TableResult execute(Statement statement) {
    TableResult result = tables.executeSql(statement.sql());
    // A table that is made from a query is made once.
    if (makesSomething(statement) && result.getJobClient().isEmpty()) {
      made.add(statement.sql());
    }
    return result;
  }

  private static boolean makesSomething(Statement statement) {
    return statement.begins("CREATE")
        || statement.begins("DROP")
        || statement.begins("ALTER")
        || statement.begins("USE")
        || statement.begins("LOAD")
        || statement.begins("UNLOAD");
  }
}
