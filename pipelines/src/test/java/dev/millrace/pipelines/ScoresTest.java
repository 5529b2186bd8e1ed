package dev.millrace.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.PairOf;
import dev.millrace.schemas.DeadLetter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Classifiers and cross-encoders in whole jobs, against a plain loop over the runtime. */
class ScoresTest {

  private static final List<String> LABELS = List.of("bad", "fair", "good");
  private static final List<String> TEXTS = Texts.generated(48, 25, 17);
  private static final TypeInformation<Tuple3<Integer, String, String>> ROWS =
      TypeInformation.of(new TypeHint<Tuple3<Integer, String, String>>() {});

  @TempDir static Path classifier;
  @TempDir static Path crossEncoder;

  private static List<float[]> expectedScores = List.of();
  private static List<Float> expectedPairScores = List.of();

  /** A row of the test: its second text is the first of the row before it. */
  private record Pair() implements PairOf<Tuple3<Integer, String, String>> {

    @Override
    public @Nullable String first(Tuple3<Integer, String, String> row) {
      return row.f1;
    }

    @Override
    public @Nullable String second(Tuple3<Integer, String, String> row) {
      return row.f2;
    }
  }

  @BeforeAll
  static void build() throws Exception {
    HeadedModels.of(
        classifier, 3, "\"id2label\": {\"0\": \"bad\", \"1\": \"fair\", \"2\": \"good\"},");
    HeadedModels.of(crossEncoder, 1, "\"id2label\": {\"0\": \"LABEL_0\"},");
    expectedScores = scoresOfAPlainLoop();
    expectedPairScores = pairScoresOfAPlainLoop();
  }

  private static List<Tuple3<Integer, String, String>> rows() {
    List<Tuple3<Integer, String, String>> rows = new ArrayList<>();
    for (int i = 0; i < TEXTS.size(); i++) {
      rows.add(Tuple3.of(i, TEXTS.get(i), TEXTS.get((i + TEXTS.size() - 1) % TEXTS.size())));
    }
    return rows;
  }

  private static InferenceSettings settings(Path model) {
    return settings(model, "onnx:cpu");
  }

  private static InferenceSettings settings(Path model, String accelerators) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, model.toString());
    config.set(InferenceOptions.ACCELERATORS, accelerators);
    return InferenceSettings.from(config);
  }

  private static StreamExecutionEnvironment environment(RuntimeExecutionMode mode, int subtasks) {
    Configuration config = new Configuration();
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(ExecutionOptions.RUNTIME_MODE, mode);
    return StreamExecutionEnvironment.createLocalEnvironment(subtasks, config);
  }

  private static List<float[]> scoresOfAPlainLoop() throws Exception {
    List<float[]> scores = new ArrayList<>();
    for (float[] logits :
        HeadedModels.logits(classifier, TEXTS.stream().map(text -> new String[] {text}).toList())) {
      scores.add(HeadedModels.softmax(logits));
    }
    return scores;
  }

  private static List<Float> pairScoresOfAPlainLoop() throws Exception {
    List<Float> scores = new ArrayList<>();
    for (float[] logits :
        HeadedModels.logits(
            crossEncoder, rows().stream().map(row -> new String[] {row.f1, row.f2}).toList())) {
      scores.add(HeadedModels.sigmoid(logits[0]));
    }
    return scores;
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void aStreamIsClassified(int subtasks) throws Exception {
    requireClassified(settings(classifier), subtasks);
  }

  private static void requireClassified(InferenceSettings settings, int subtasks) throws Exception {
    StreamExecutionEnvironment env = environment(RuntimeExecutionMode.STREAMING, subtasks);
    ClassifiedStream<Tuple3<Integer, String, String>> classified =
        Classify.stream(
            "classify", env.fromData(rows(), ROWS).rebalance(), row -> row.f1, settings);
    List<float[]> expected = expectedScores;
    Map<Integer, Classification> answers = new HashMap<>();
    try (CloseableIterator<Tuple2<Tuple3<Integer, String, String>, Classification>> results =
        classified.rows().executeAndCollect()) {
      results.forEachRemaining(row -> assertThat(answers.put(row.f0.f0, row.f1)).isNull());
    }
    assertThat(answers).hasSameSizeAs(TEXTS);
    answers.forEach(
        (id, answer) -> {
          float[] scores = expected.get(id);
          for (int label = 0; label < LABELS.size(); label++) {
            assertThat(answer.scores[label]).isCloseTo(scores[label], within(1e-4f));
            assertThat(answer.score).isGreaterThanOrEqualTo(answer.scores[label]);
          }
          assertThat(answer.scores[LABELS.indexOf(answer.label)]).isEqualTo(answer.score);
        });
    assertThat(answers.values()).extracting(answer -> answer.label).contains("bad", "good");
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void aStreamOfPairsIsScored(int subtasks) throws Exception {
    requireScored(settings(crossEncoder), subtasks);
  }

  private static void requireScored(InferenceSettings settings, int subtasks) throws Exception {
    StreamExecutionEnvironment env = environment(RuntimeExecutionMode.STREAMING, subtasks);
    ScoredStream<Tuple3<Integer, String, String>> scored =
        Rerank.stream("rerank", env.fromData(rows(), ROWS).rebalance(), new Pair(), settings);
    List<Float> expected = expectedPairScores;
    int count = 0;
    try (CloseableIterator<Tuple2<Tuple3<Integer, String, String>, Float>> results =
        scored.rows().executeAndCollect()) {
      while (results.hasNext()) {
        var row = results.next();
        assertThat(row.f1).as(row.f0.toString()).isCloseTo(expected.get(row.f0.f0), within(1e-4f));
        count++;
      }
    }
    assertThat(count).isEqualTo(TEXTS.size());
  }

  @Test
  void aPairWithoutAPartIsADeadLetter() throws Exception {
    StreamExecutionEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    DataStream<Tuple3<Integer, String, String>> rows =
        env.fromData(List.of(Tuple3.of(0, "a", "b"), Tuple3.of(1, "a", " ")), ROWS);
    ScoredStream<Tuple3<Integer, String, String>> scored =
        Rerank.stream("rerank", rows, new Pair(), settings(crossEncoder));
    try (CloseableIterator<DeadLetter> letters = scored.deadLetters().executeAndCollect()) {
      List<DeadLetter> all = new ArrayList<>();
      letters.forEachRemaining(all::add);
      assertThat(all)
          .singleElement()
          .satisfies(
              letter -> assertThat(letter.getReason()).contains("One of the row's two texts"));
    }
  }

  @ParameterizedTest
  @CsvSource({"STREAMING, 2", "BATCH, 2"})
  void inSqlItIsTheSame(RuntimeExecutionMode mode, int subtasks) throws Exception {
    requireTheSameInSql(mode, subtasks, "onnx:cpu", "onnx:cpu");
  }

  @Test
  void atServersWithOpenAisRoutesAndInPoolsWithThemItIsTheSame() throws Exception {
    String tokenizer = "tokenizer=" + classifier.resolve("tokenizer.json");
    try (TestServer classifies =
            TestServer.openAi(
                classifier.resolve("onnx/model.onnx"), "labels=bad,fair,good", tokenizer);
        TestServer scores =
            TestServer.openAi(
                crossEncoder.resolve("onnx/model.onnx"),
                "labels=LABEL_0",
                "activation=sigmoid",
                tokenizer)) {
      String first = "openai+http://" + classifies.address() + "/v1?model=tiny";
      String second = "openai+http://" + scores.address() + "/v1?model=tiny";
      requireClassified(settings(classifier, first), 2);
      requireScored(settings(crossEncoder, second), 2);
      requireTheSameInSql(RuntimeExecutionMode.STREAMING, 2, first, second);
      requireClassified(settings(classifier, "onnx:cpu," + first), 1);
      requireScored(settings(crossEncoder, "onnx:cpu," + second), 1);
      assertThat(classifies.count("/classify")).isPositive();
      assertThat(scores.count("/score")).isPositive();
    }
  }

  private static void requireTheSameInSql(
      RuntimeExecutionMode mode, int subtasks, String classifiers, String crossEncoders)
      throws Exception {
    StreamTableEnvironment env = StreamTableEnvironment.create(environment(mode, subtasks));
    table(env, rows());
    env.executeSql(
        "CREATE TEMPORARY MODEL moods INPUT (t STRING) OUTPUT (label STRING, score FLOAT, labels"
            + " MAP<STRING, DOUBLE>, scores ARRAY<FLOAT>) WITH ('provider' = 'millrace', 'task' ="
            + " 'classification', 'model' = '"
            + classifier
            + "', 'accelerators' = '"
            + classifiers
            + "')");
    env.executeSql(
        "CREATE TEMPORARY MODEL reranker INPUT (q STRING, d STRING) OUTPUT (relevance DOUBLE)"
            + " WITH ('provider' = 'millrace', 'task' = 'reranking', 'model' = '"
            + crossEncoder
            + "', 'accelerators' = '"
            + crossEncoders
            + "')");
    List<float[]> expected = expectedScores;
    List<Row> classified =
        collect(
            env,
            "SELECT id, label, score, labels, scores FROM ML_PREDICT(TABLE texts, MODEL moods,"
                + " DESCRIPTOR(txt))");
    assertThat(classified).hasSameSizeAs(TEXTS);
    for (Row row : classified) {
      float[] scores = expected.get(row.<Integer>getFieldAs("id"));
      Float[] all = Objects.requireNonNull(row.getFieldAs("scores"));
      Map<String, Double> byLabel = Objects.requireNonNull(row.getFieldAs("labels"));
      int best = LABELS.indexOf(row.<String>getFieldAs("label"));
      for (int label = 0; label < LABELS.size(); label++) {
        assertThat(all[label]).isCloseTo(scores[label], within(1e-4f));
        assertThat(byLabel.get(LABELS.get(label))).isEqualTo(all[label].doubleValue());
        assertThat(all[best]).isGreaterThanOrEqualTo(all[label]);
      }
      assertThat(row.<Float>getFieldAs("score")).isEqualTo(all[best]);
    }
    List<Float> relevance = expectedPairScores;
    List<Row> scored =
        collect(
            env,
            "SELECT id, relevance FROM ML_PREDICT(TABLE texts, MODEL reranker, DESCRIPTOR(txt,"
                + " other))");
    assertThat(scored).hasSameSizeAs(TEXTS);
    for (Row row : scored) {
      assertThat(row.<Double>getFieldAs("relevance"))
          .isCloseTo(relevance.get(row.<Integer>getFieldAs("id")), within(1e-4));
    }
  }

  private static void table(
      StreamTableEnvironment env, List<Tuple3<Integer, String, String>> rows) {
    env.createTemporaryView(
        "texts",
        env.fromDataStream(
            ((org.apache.flink.table.api.bridge.java.internal.StreamTableEnvironmentImpl) env)
                .execEnv()
                .fromData(
                    rows.stream().map(row -> Row.of(row.f0, row.f1, row.f2)).toList(),
                    Types.ROW_NAMED(
                        new String[] {"id", "txt", "other"},
                        Types.INT,
                        Types.STRING,
                        Types.STRING))));
  }

  private static List<Row> collect(StreamTableEnvironment env, String query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = env.executeSql(query).collect()) {
      results.forEachRemaining(rows::add);
    }
    return rows;
  }

  @Test
  void aModelForAnotherTaskIsRefusedBeforeTheJobStarts() {
    StreamExecutionEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    DataStream<Tuple3<Integer, String, String>> rows = env.fromData(rows(), ROWS);
    Configuration minilm = new Configuration();
    assertThatThrownBy(
            () -> Classify.stream("classify", rows, row -> row.f1, InferenceSettings.from(minilm)))
        .hasMessageContaining("The model 'minilm' is for embedding and not for classification");
    assertThatThrownBy(() -> Rerank.stream("rerank", rows, new Pair(), settings(classifier)))
        .hasMessageContaining("gives a pair 3 scores");
    assertThatThrownBy(() -> Embed.stream("embed", rows, row -> row.f1, settings(classifier)))
        .hasMessageContaining("is for classification and not for embedding");
    StreamTableEnvironment sql = StreamTableEnvironment.create(env);
    table(sql, rows());
    sql.executeSql(
        "CREATE TEMPORARY MODEL wrong INPUT (t STRING) OUTPUT (relevance STRING) WITH ('provider' ="
            + " 'millrace', 'task' = 'reranking', 'model' = '"
            + crossEncoder
            + "')");
    assertThatThrownBy(
            () ->
                sql.explainSql(
                    "SELECT * FROM ML_PREDICT(TABLE texts, MODEL wrong, DESCRIPTOR(txt))"))
        .hasStackTraceContaining("INPUT must be two STRING columns")
        .hasStackTraceContaining("OUTPUT must be one FLOAT or DOUBLE column")
        .hasStackTraceContaining("INPUT (query STRING, document STRING) OUTPUT (score FLOAT)");
  }
}
