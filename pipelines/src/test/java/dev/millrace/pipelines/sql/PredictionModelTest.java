package dev.millrace.pipelines.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.pipelines.Embed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ModelDescriptor;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.bridge.java.internal.StreamTableEnvironmentImpl;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.types.ColumnList;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** ML_PREDICT in a MiniCluster, with the built-in model. */
class PredictionModelTest {

  private static final String MINILM =
      "CREATE TEMPORARY MODEL minilm INPUT (txt STRING) OUTPUT (embedding ARRAY<FLOAT>)"
          + " WITH ('provider' = 'millrace', 'task' = 'embedding', 'model' = 'minilm',"
          + " 'accelerators' = 'onnx:cpu')";

  private static StreamTableEnvironment environment(RuntimeExecutionMode mode, int parallelism) {
    Configuration config = new Configuration();
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(ExecutionOptions.RUNTIME_MODE, mode);
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, config));
  }

  private static void texts(StreamTableEnvironment env, List<? extends @Nullable String> texts) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(Row.of(i, texts.get(i)));
    }
    env.createTemporaryView(
        "texts",
        env.fromDataStream(
            ((StreamTableEnvironmentImpl) env)
                .execEnv()
                .fromData(
                    rows, Types.ROW_NAMED(new String[] {"id", "txt"}, Types.INT, Types.STRING))));
  }

  private static List<Row> rows(TableEnvironment env, String query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = env.executeSql(query).collect()) {
      results.forEachRemaining(rows::add);
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"STREAMING, 1, 10", "STREAMING, 2, 512", "BATCH, 2, 512"})
  void rowsGetTheVectorsOfTheDataStreamWay(
      RuntimeExecutionMode mode, int parallelism, int rowsInFlight) throws Exception {
    List<String> texts = Texts.generated(150, 20, 11);
    StreamTableEnvironment env = environment(mode, parallelism);
    texts(env, texts);
    env.executeSql(MINILM);
    Map<Integer, Object> vectors = new HashMap<>();
    for (Row row :
        rows(
            env,
            "SELECT id, embedding FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt),"
                + " MAP['max-concurrent-operations', '"
                + rowsInFlight
                + "'])")) {
      assertThat(vectors.put(row.getFieldAs(0), row.getField(1))).isNull();
    }
    Map<Integer, float[]> expected = byDataStream(texts);
    assertThat(vectors).hasSameSizeAs(texts);
    vectors.forEach((id, vector) -> assertThat(floats(vector)).containsExactly(expected.get(id)));
  }

  private static float[] floats(@Nullable Object vector) {
    Float[] boxed = (Float[]) Objects.requireNonNull(vector);
    float[] floats = new float[boxed.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = boxed[i];
    }
    return floats;
  }

  private static Map<Integer, float[]> byDataStream(List<String> texts) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(Tuple2.of(i, texts.get(i)));
    }
    Map<Integer, float[]> vectors = new HashMap<>();
    try (CloseableIterator<Tuple2<Tuple2<Integer, String>, float[]>> results =
        Embed.stream(
                "embed",
                env.fromData(rows),
                row -> row.f1,
                InferenceSettings.from(new Configuration()))
            .rows()
            .executeAndCollect()) {
      results.forEachRemaining(row -> vectors.put(row.f0.f0, row.f1));
    }
    return vectors;
  }

  @Test
  void aRowWithoutAnAnswerIsNullAndTheOthersGoOn() throws Exception {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    List<@Nullable String> texts = new ArrayList<>(List.of("a", " ", "c"));
    texts.add(null);
    texts(env, texts);
    env.executeSql(MINILM.replace("ARRAY<FLOAT>", "ARRAY<DOUBLE>"));
    List<Row> rows =
        rows(env, "SELECT * FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt))");
    assertThat(rows).hasSize(4);
    assertThat(rows.get(0).getField(2)).isInstanceOf(Double[].class);
    assertThat(rows.get(1).getField(2)).isNull();
    assertThat((Double[]) rows.get(2).getField(2)).hasSize(384);
    assertThat(rows.get(3).getField(2)).isNull();
  }

  @Test
  void aColumnSaysWhyARowHasNoAnswer() throws Exception {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.BATCH, 1);
    texts(env, List.of("a", " "));
    env.executeSql(
        MINILM
            .replace("ARRAY<FLOAT>)", "ARRAY<FLOAT>, why STRING)")
            .replace("'task'", "'on-error' = 'column', 'error-column' = 'why', 'task'"));
    List<Row> rows =
        rows(env, "SELECT id, why FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt))");
    assertThat(rows)
        .containsExactlyInAnyOrder(
            Row.of(0, null),
            Row.of(1, "INVALID: The row's text is blank. A row needs a text to be embedded."));
  }

  @Test
  void theJobFailsWhereThatIsAskedFor() {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    // A job that fails while its source comes to its end may name that as the reason.
    List<String> texts = new ArrayList<>(Texts.generated(300, 5, 3));
    texts.set(30, " ");
    texts(env, texts);
    env.executeSql(MINILM.replace("'task'", "'on-error' = 'fail', 'task'"));
    assertThatThrownBy(
            () -> rows(env, "SELECT * FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt))"))
        .hasStackTraceContaining(
            "The model minilm has no answer for a row. INVALID: The row's text is blank.");
  }

  @Test
  void theTableApiTakesTheSameModel() throws Exception {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    texts(env, List.of("a", "b"));
    env.createTemporaryModel(
        "minilm",
        ModelDescriptor.forProvider(MillraceModelFactory.IDENTIFIER)
            .inputSchema(Schema.newBuilder().column("txt", "STRING").build())
            .outputSchema(Schema.newBuilder().column("embedding", "ARRAY<FLOAT>").build())
            .option(ModelOptions.TASK, InferenceTask.EMBEDDING)
            .build());
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results =
        env.fromModel("minilm")
            .predict(env.from("texts"), ColumnList.of("txt"))
            .execute()
            .collect()) {
      results.forEachRemaining(rows::add);
    }
    assertThat(rows).hasSize(2);
    assertThat(floats(rows.get(0).getField("embedding"))).hasSize(384);
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    texts(env, List.of("a"));
    env.executeSql(
        "CREATE TEMPORARY MODEL wrong INPUT (a STRING, b INT) OUTPUT (embedding STRING) WITH ("
            + "'provider' = 'millrace', 'task' = 'embeding', 'model' = 'nowhere',"
            + " 'accelerators' = 'onnx:gpu', 'batch-rows' = '0', 'batch-latency' = 'soon',"
            + " 'max-rows' = '5', 'bach-rows' = '5')");
    assertThatThrownBy(
            () ->
                env.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE texts, MODEL wrong, DESCRIPTOR(txt, id))"))
        .hasStackTraceContaining("has 9 problems")
        .hasStackTraceContaining(
            "'task' = 'embeding': It is not one of embedding, classification,"
                + " token-classification, reranking, generation, raw.")
        .hasStackTraceContaining("'model' = 'nowhere': 'nowhere' is no model")
        .hasStackTraceContaining("'accelerators' = 'onnx:gpu'")
        .hasStackTraceContaining("'batch-rows' = '0': It must be at least 1.")
        .hasStackTraceContaining("'batch-latency' = 'soon': It is not of its type.")
        .hasStackTraceContaining("table.exec.async-ml-predict.max-concurrent-operations")
        .hasStackTraceContaining("'bach-rows' = '5': There is no such option.")
        .hasStackTraceContaining("INPUT (a STRING, b INT) OUTPUT (embedding STRING)")
        .hasStackTraceContaining("INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>)");
  }

  @ParameterizedTest
  @EnumSource(
      value = RuntimeExecutionMode.class,
      names = {"STREAMING", "BATCH"})
  void aQuerySetsWhatHoldsForItAlone(RuntimeExecutionMode mode) throws Exception {
    StreamTableEnvironment env = environment(mode, 1);
    env.executeSql(MINILM);
    texts(env, List.of("a", "b"));
    String query = "SELECT id FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt), MAP[%s])";
    assertThat(rows(env, query.formatted("'batch-rows', '7', 'token-budget', '100'"))).hasSize(2);
    assertThatThrownBy(() -> env.explainSql(query.formatted("'batch-rows', '0', 'rows', '5'")))
        .hasStackTraceContaining("has 2 problems")
        .hasStackTraceContaining("'rows' = '5': There is no such option.");
  }

  @Test
  void theSessionSetsWhatModelsDoNotSay() {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    env.executeSql(MINILM);
    texts(env, List.of("a", "b"));
    env.getConfig().set("millrace.batch-rows", "-3");
    assertThatThrownBy(
            () ->
                env.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(txt))"))
        .hasStackTraceContaining("'batch-rows' = '-3'");
  }

  @Test
  void theFunctionTravels() throws Exception {
    AsyncPredictFunction function =
        new PredictionFunction(
            "minilm",
            InferenceSettings.from(new Configuration()),
            InferenceTask.EMBEDDING,
            new PredictionLayout(
                List.of(new PredictionLayout.Cell(PredictionLayout.Part.NUMBERS, false)),
                List.of(),
                null,
                OnError.NULL),
            512);
    assertThat(InstantiationUtil.clone(function)).isInstanceOf(PredictionFunction.class);
  }
}
