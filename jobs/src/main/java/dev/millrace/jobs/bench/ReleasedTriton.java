package dev.millrace.jobs.bench;

import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.jspecify.annotations.Nullable;

/** The provider for Triton that comes with Flink: whether it runs, and if not, why. */
final class ReleasedTriton {

  /** The columns that its documentation shows, and what an embedding needs. */
  private static final List<String> COLUMNS =
      List.of(
          "INPUT (input STRING) OUTPUT (output STRING)",
          "INPUT (input STRING) OUTPUT (output ARRAY<FLOAT>)",
          "INPUT (input ARRAY<FLOAT>) OUTPUT (output ARRAY<FLOAT>)");

  private static final Map<String, String> OPTIONS =
      Map.of(
          "provider", "triton",
          "endpoint", "http://127.0.0.1:8000/v2/models",
          "model-name", "minilm",
          "model-version", "1");

  private ReleasedTriton() {}

  /**
   * Plans a query with it, which needs no server, for each of the columns.
   *
   * @return the error, or null if one of the queries can be planned
   */
  static @Nullable String refusal() {
    String refusal = null;
    for (String columns : COLUMNS) {
      String error = plan(columns);
      if (error == null) {
        return null;
      }
      refusal = refusal == null ? error : refusal;
    }
    return refusal;
  }

  private static @Nullable String plan(String columns) {
    String text = columns.contains("INPUT (input STRING)") ? "'a mug'" : "ARRAY[CAST(1 AS FLOAT)]";
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    tables.executeSql(
        "CREATE TEMPORARY MODEL measured " + columns + " WITH" + SqlContender.with(OPTIONS));
    tables.executeSql("CREATE TEMPORARY VIEW texts AS SELECT " + text + " AS input");
    try {
      String unused =
          tables.explainSql(
              "SELECT output FROM ML_PREDICT(TABLE texts, MODEL measured, DESCRIPTOR(input))");
      return null;
    } catch (RuntimeException refused) {
      Throwable cause = refused;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return cause.toString();
    }
  }
}
