package dev.millrace.pipelines.sql;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.servers.TestServer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Generation by ML_PREDICT in a MiniCluster, with a server in another process. */
class GenerationModelTest {

  private static @Nullable TestServer started;

  private final TestServer server = requireNonNull(started);

  @BeforeAll
  static void start() {
    started = TestServer.chat("name=org/tiny", "context=20");
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  private static StreamTableEnvironment environment(RuntimeExecutionMode mode) {
    Configuration config = new Configuration();
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(ExecutionOptions.RUNTIME_MODE, mode);
    StreamTableEnvironment env =
        StreamTableEnvironment.create(StreamExecutionEnvironment.createLocalEnvironment(2, config));
    env.executeSql(
        "CREATE TEMPORARY VIEW reviews AS SELECT *, CURRENT_DATE AS today FROM (VALUES (1, 'warm coat', 5), (2, '"
            + "word ".repeat(30)
            + "', 1), (3, CAST(NULL AS STRING), CAST(NULL AS INT)), (4, 'forbidden', 2)) AS t(id,"
            + " review, stars)");
    return env;
  }

  private void model(StreamTableEnvironment env, String columns, String options) {
    env.executeSql(
        "CREATE TEMPORARY MODEL writer "
            + columns
            + " WITH ('provider' = 'millrace', 'task' = 'generation', 'model' = 'org/tiny',"
            + " 'accelerators' = 'openai+http://"
            + server.address()
            + "/v1'"
            + options
            + ")");
  }

  private static List<Row> rows(StreamTableEnvironment env, String query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = env.executeSql(query).collect()) {
      results.forEachRemaining(rows::add);
    }
    rows.sort((a, b) -> Integer.compare(a.getFieldAs("id"), b.getFieldAs("id")));
    return rows;
  }

  @ParameterizedTest
  @EnumSource(
      value = RuntimeExecutionMode.class,
      names = {"STREAMING", "BATCH"})
  void promptsAreMadeOfColumnsAndAnswered(RuntimeExecutionMode mode) throws Exception {
    StreamTableEnvironment env = environment(mode);
    model(
        env,
        "INPUT (review STRING, stars INT) OUTPUT (answer STRING, finish_reason STRING,"
            + " prompt_tokens INT, answer_tokens BIGINT, first_token_millis DOUBLE, error STRING)",
        ", 'prompt' = '{stars} stars {{for}} {review}', 'system-prompt' = 'Be brief', 'max-tokens' ="
            + " '5', 'on-error' = 'column'");
    List<Row> rows =
        rows(
            env,
            "SELECT * FROM ML_PREDICT(TABLE reviews, MODEL writer, DESCRIPTOR(review, stars))");
    assertThat(rows).hasSize(4);
    Row first = rows.get(0);
    assertThat(first.getField("answer")).isEqualTo("[Be brief] coat warm {for} stars");
    assertThat(first.getField("finish_reason")).isEqualTo("length");
    assertThat(first.getField("prompt_tokens")).isEqualTo(5);
    assertThat(first.getField("answer_tokens")).isEqualTo(5L);
    assertThat(first.<Double>getFieldAs("first_token_millis")).isPositive();
    assertThat(first.getField("error")).isNull();
    assertThat(rows.get(1).getField("answer")).isNull();
    assertThat(rows.get(1).<String>getFieldAs("error"))
        .startsWith("INPUT: ")
        .contains("This model's maximum context length is 20 tokens");
    assertThat(rows.get(2).<String>getFieldAs("error"))
        .isEqualTo("INVALID: The row has no prompt. A row needs a prompt to be answered.");
    assertThat(rows.get(3).getField("answer")).isEqualTo("");
    assertThat(rows.get(3).getField("finish_reason")).isEqualTo("content_filter");
  }

  @Test
  void theAnswersPropertiesAreColumns() throws Exception {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING);
    model(
        env,
        "INPUT (review STRING) OUTPUT (said STRING, n INT, score FLOAT, price DECIMAL(5, 2), even"
            + " BOOLEAN, words ARRAY<STRING>, answer STRING, error STRING)",
        ", 'on-error' = 'column', 'json-schema' = '{\"type\": \"object\", \"properties\": {"
            + "\"said\": {\"type\": \"string\"}, \"n\": {\"type\": \"integer\"}, \"score\":"
            + " {\"type\": \"number\"}, \"price\": {\"type\": \"number\"}, \"even\": {\"type\":"
            + " \"boolean\"}, \"words\": {\"type\": \"array\"}}}'");
    List<Row> rows =
        rows(
            env,
            "SELECT * FROM ML_PREDICT((SELECT id, review AS txt FROM reviews WHERE id IN (1, 4)),"
                + " MODEL writer, DESCRIPTOR(txt))");
    Row first = rows.get(0);
    assertThat(first.getField("said")).isEqualTo("warm_coat");
    assertThat(first.getField("n")).isEqualTo(2);
    assertThat(first.getField("score")).isEqualTo(0.5f);
    assertThat(first.getField("price")).hasToString("0.50");
    assertThat(first.getField("even")).isEqualTo(true);
    assertThat(first.<String[]>getFieldAs("words")).containsExactly("warm", "coat");
    assertThat(first.<String>getFieldAs("answer")).startsWith("{\"said\":\"warm_coat\"");
    assertThat(rows.get(1).getField("n")).isNull();
    assertThat(rows.get(1).<String>getFieldAs("error"))
        .startsWith("OUTPUT: The answer is no JSON object.");
  }

  @Test
  void aSchemaCanBeMadeOfTheColumns() throws Exception {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING);
    model(
        env,
        "INPUT (review STRING) OUTPUT (topic STRING, n BIGINT, even BOOLEAN, words ARRAY<STRING>,"
            + " finish_reason STRING)",
        ", 'json-schema' = 'columns'");
    Row row =
        rows(
                env,
                "SELECT * FROM ML_PREDICT((SELECT id, review FROM reviews WHERE id = 1), MODEL"
                    + " writer, DESCRIPTOR(review))")
            .get(0);
    assertThat(row.getField("topic")).isEqualTo("warm_coat");
    assertThat(row.getField("n")).isEqualTo(2L);
    assertThat(row.getField("even")).isEqualTo(true);
    assertThat(row.<String[]>getFieldAs("words")).containsExactly("warm", "coat");
    assertThat(row.getField("finish_reason")).isEqualTo("stop");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "INPUT (a STRING) OUTPUT (b STRING) | , 'prompt' = 'Say {word}'"
            + " | INPUT has no column word. It has a.",
        "INPUT (a STRING) OUTPUT (b STRING) | , 'prompt' = 'Say {a' | a brace is opened and not",
        "INPUT (a STRING, b STRING) OUTPUT (c STRING) | | INPUT must be one STRING column",
        "INPUT (a DATE) OUTPUT (c STRING) | , 'prompt' = '{a}' | The column a of INPUT is DATE.",
        "INPUT (a STRING) OUTPUT (b INT) | | OUTPUT must be a STRING column, which gets the answer",
        "INPUT (a STRING) OUTPUT (b STRING, c STRING) | | OUTPUT must be a STRING column",
        "INPUT (a STRING) OUTPUT (b STRING) | , 'batch-rows' = '3' | It means nothing for generation",
        "INPUT (a STRING) OUTPUT (b STRING) | , 'max-tokens' = '0' | It must be at least 1.",
        "INPUT (a STRING) OUTPUT (b STRING) | , 'model' = 'other' | has no model 'other'. It has [org",
      })
  void whatIsWrongIsToldWhenTheStatementIsPlanned(
      String columns, @Nullable String options, String message) {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING);
    String more = options == null ? "" : options;
    if (more.contains("'model'")) {
      env.executeSql(
          "CREATE TEMPORARY MODEL writer "
              + columns
              + " WITH ('provider' = 'millrace', 'task' = 'generation', 'accelerators' ="
              + " 'openai+http://"
              + server.address()
              + "/v1'"
              + more
              + ")");
    } else {
      model(env, columns, more);
    }
    String descriptor =
        columns.contains("b STRING) OUTPUT")
            ? "review, review"
            : columns.contains("DATE") ? "today" : "review";
    assertThatThrownBy(
            () ->
                env.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE reviews, MODEL writer, DESCRIPTOR("
                        + descriptor
                        + "))"))
        .hasStackTraceContaining(message);
  }

  @Test
  void otherTasksRefuseItsOptionsAndOtherAcceleratorsTheTask() {
    StreamTableEnvironment env = environment(RuntimeExecutionMode.STREAMING);
    env.executeSql(
        "CREATE TEMPORARY MODEL minilm INPUT (t STRING) OUTPUT (v ARRAY<FLOAT>) WITH ('provider' ="
            + " 'millrace', 'task' = 'embedding', 'temperature' = '1')");
    assertThatThrownBy(
            () ->
                env.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE reviews, MODEL minilm, DESCRIPTOR(review))"))
        .hasStackTraceContaining("It is for 'task' = 'generation'.");
    env.executeSql(
        "CREATE TEMPORARY MODEL here INPUT (t STRING) OUTPUT (a STRING) WITH ('provider' ="
            + " 'millrace', 'task' = 'generation', 'model' = 'm', 'accelerators' = 'onnx:cpu')");
    assertThatThrownBy(
            () ->
                env.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE reviews, MODEL here, DESCRIPTOR(review))"))
        .hasStackTraceContaining("cannot run the model 'm', which is for generation");
  }
}
