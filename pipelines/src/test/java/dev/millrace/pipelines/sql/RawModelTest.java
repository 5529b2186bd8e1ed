package dev.millrace.pipelines.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns as tensors, in a MiniCluster. */
class RawModelTest {

  private static final String MIXED =
      "INPUT (name STRING, flag BOOLEAN, n BIGINT, x ARRAY<FLOAT>) OUTPUT (doubled ARRAY<FLOAT>,"
          + " most FLOAT, `next` BIGINT, `not` BOOLEAN, same STRING, wide DOUBLE, error STRING)";

  @TempDir Path folder;

  private static StreamTableEnvironment environment(RuntimeExecutionMode mode) {
    Configuration config = new Configuration();
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(ExecutionOptions.RUNTIME_MODE, mode);
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.createLocalEnvironment(1, config));
  }

  private void model(StreamTableEnvironment env, String columns, String more) {
    env.executeSql(
        "CREATE TEMPORARY MODEL m "
            + columns
            + " WITH ('provider' = 'millrace', 'task' = 'raw', "
            + more
            + "'model' = '"
            + folder
            + "')");
  }

  private static Map<Integer, Row> query(StreamTableEnvironment env, String query)
      throws Exception {
    Map<Integer, Row> rows = new HashMap<>();
    try (CloseableIterator<Row> results = env.executeSql(query).collect()) {
      results.forEachRemaining(row -> assertThat(rows.put(row.getFieldAs(0), row)).isNull());
    }
    return rows;
  }

  private static void mixedRows(StreamTableEnvironment env) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(
          "(%d, 'näme %d', %s, CAST(%d AS BIGINT), ARRAY[CAST(%d AS FLOAT), CAST(%d AS FLOAT),"
                  .formatted(i, i, i % 2 == 0, 100 * i, i, -i)
              + " CAST(0.5 AS FLOAT)])");
    }
    rows.add("(40, 'short', TRUE, CAST(1 AS BIGINT), ARRAY[CAST(1 AS FLOAT)])");
    rows.add(
        "(41, CAST(NULL AS STRING), TRUE, CAST(1 AS BIGINT), ARRAY[CAST(1 AS FLOAT), CAST(1 AS"
            + " FLOAT), CAST(1 AS FLOAT)])");
    rows.add(
        "(42, 'null', TRUE, CAST(1 AS BIGINT), ARRAY[CAST(1 AS FLOAT), CAST(NULL AS FLOAT), CAST(1"
            + " AS FLOAT)])");
    env.executeSql(
        "CREATE TEMPORARY VIEW t AS SELECT * FROM (VALUES "
            + String.join(", ", rows)
            + ") AS v (id, name, flag, n, x)");
  }

  private static void requireMixed(StreamTableEnvironment env) throws Exception {
    Map<Integer, Row> answers =
        query(
            env,
            "SELECT id, doubled, most, `next`, `not`, same, wide, error FROM ML_PREDICT(TABLE t,"
                + " MODEL m, DESCRIPTOR(name, flag, n, x))");
    assertThat(answers).hasSize(43);
    for (int i = 0; i < 40; i++) {
      assertThat(answers.get(i))
          .isEqualTo(
              Row.of(
                  i,
                  new Float[] {2f * i, 2f * -i, 1f},
                  Math.max(i, 0.5f),
                  100L * i + 1,
                  i % 2 != 0,
                  "näme " + i,
                  100.0 * i,
                  null));
    }
    requireError(answers.get(40), "The row has the shape [1] for 'x', and the model takes x");
    requireError(answers.get(41), "The row has no value for 'name'.");
    requireError(answers.get(42), "The column 'x' holds null");
  }

  private static void requireError(@Nullable Row row, String error) {
    assertThat(Objects.requireNonNull(row).getField(1)).isNull();
    assertThat(row.<String>getFieldAs(7)).startsWith("INVALID: ").contains(error);
  }

  @Test
  void columnsAreTheTensorsOfTheirNames() throws Exception {
    RawModels.mixed(folder);
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING);
    mixedRows(env);
    model(env, MIXED, "'on-error' = 'column', ");
    requireMixed(env);
  }

  @Test
  void atAServerAndInAPoolTheyAreTheSame() throws Exception {
    RawModels.mixed(folder);
    try (TestServer server = TestServer.oip(folder.resolve("model.onnx"), "raw=yes")) {
      StreamTableEnvironment env = environment(RuntimeExecutionMode.BATCH);
      mixedRows(env);
      model(
          env,
          MIXED,
          "'on-error' = 'column', 'accelerators' = 'oip+grpc://"
              + server.address()
              + "?model=tiny,onnx:cpu', ");
      requireMixed(env);
    }
  }

  @Test
  void rowsOfOtherShapesGoInOtherBatches() throws Exception {
    RawModels.ofAnyShape(folder);
    StreamTableEnvironment env = environment(RuntimeExecutionMode.BATCH);
    env.executeSql(
        "CREATE TEMPORARY VIEW t AS SELECT * FROM (VALUES (1, ARRAY[ARRAY[1, 2], ARRAY[4, 3]]), (2,"
            + " ARRAY[ARRAY[5]]), (3, ARRAY[ARRAY[0, 9], ARRAY[7, 8]]), (4, ARRAY[ARRAY[1, 2],"
            + " ARRAY[3]])) AS v (id, x)");
    model(env, "INPUT (x ARRAY<ARRAY<INT>>) OUTPUT (most ARRAY<INT>)", "");
    Map<Integer, Row> answers =
        query(env, "SELECT id, most FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(x))");
    assertThat(answers.get(1)).isEqualTo(Row.of(1, new Integer[] {2, 4}));
    assertThat(answers.get(2)).isEqualTo(Row.of(2, new Integer[] {5}));
    assertThat(answers.get(3)).isEqualTo(Row.of(3, new Integer[] {9, 8}));
    assertThat(answers.get(4)).isEqualTo(Row.of(4, null));
  }

  @Test
  void whatDoesNotFitIsToldWithBothSides() {
    RawModels.mixed(folder);
    StreamTableEnvironment env = environment(RuntimeExecutionMode.BATCH);
    env.executeSql("CREATE TEMPORARY VIEW t AS SELECT * FROM (VALUES (1, 2)) AS v (id, n)");
    model(
        env,
        "INPUT (n INT, y FLOAT) OUTPUT (doubled FLOAT, nothing INT)",
        "'cache-size' = '1 mb', ");
    String query = "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(id, n))";
    assertThatThrownBy(() -> env.explainSql(query))
        .hasStackTraceContaining("'cache-size' = '1 mb': It means nothing for raw tensors");
    env.executeSql("DROP TEMPORARY MODEL m");
    model(env, "INPUT (n INT, y FLOAT) OUTPUT (doubled FLOAT, nothing INT)", "");
    assertThatThrownBy(() -> env.explainSql(query))
        .hasStackTraceContaining(
            "The column n of INPUT is INT, and the tensor n INT64[?] is BIGINT")
        .hasStackTraceContaining("The column y of INPUT is no input of the model")
        .hasStackTraceContaining("INPUT has no column 'x', which the model reads")
        .hasStackTraceContaining(
            "The column doubled of OUTPUT is FLOAT, and the tensor doubled FLOAT32[?, 3] is"
                + " ARRAY<FLOAT>")
        .hasStackTraceContaining("The column nothing of OUTPUT is no output of the model")
        .hasStackTraceContaining("INPUT (n INT, y FLOAT) OUTPUT (doubled FLOAT, nothing INT)")
        .hasStackTraceContaining(
            "INPUT (x ARRAY<FLOAT>, n BIGINT, flag BOOLEAN, name STRING) OUTPUT (doubled"
                + " ARRAY<FLOAT>, most ARRAY<FLOAT>");
  }
}
