package dev.millrace.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.TokenModels;
import dev.millrace.accelerator.onnx.TokenModels.Span;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OnBadRow;
import dev.millrace.operators.TextSpan;
import dev.millrace.schemas.DeadLetter;
import java.nio.file.Path;
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
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.bridge.java.internal.StreamTableEnvironmentImpl;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spans are those of a plain loop. */
class TagTest {

  /** What one that counts bytes, code points or normalised characters gets wrong, and a repeat. */
  private static final List<String> CHOSEN =
      List.of(
          "Wolfgang lives in Berlin.",
          "Ça coûte 3 €, naïve résumé, cafe\u0301 re\u0301sume\u0301",
          "\uD83D\uDE00 emoji \uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 of Zürich \uD83C\uDDE9\uD83C\uDDEA.",
          "中文字 and 日本語テキスト 한국어",
          "unknown \uD808\uDC00\uD808\uDC01 word  with\tspace",
          "antidisestablishmentarianism unaffable",
          "a very long text " + "of many words ".repeat(200),
          "Wolfgang lives in Berlin.");

  @TempDir static Path folder;
  private static List<String> texts = List.of();
  private static List<List<Span>> expected = List.of();

  @BeforeAll
  static void build() throws Exception {
    TokenModels.table(folder, TokenModels.LABELS);
    texts = new ArrayList<>(CHOSEN);
    texts.addAll(Texts.generated(60, 30, 7));
    expected = TokenModels.spans(folder, TokenModels.LABELS, texts, 256);
  }

  private static List<Tuple2<Integer, String>> rows(List<String> of) {
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      rows.add(Tuple2.of(i, of.get(i)));
    }
    return rows;
  }

  private static Configuration settings() {
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, folder.toString());
    return config;
  }

  private static StreamExecutionEnvironment environment(RuntimeExecutionMode mode, int subtasks) {
    Configuration config = new Configuration();
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(ExecutionOptions.RUNTIME_MODE, mode);
    // Whatever Flink would leave to Kryo is told.
    config.set(PipelineOptions.GENERIC_TYPES, false);
    return StreamExecutionEnvironment.createLocalEnvironment(subtasks, config);
  }

  private static void requireSpans(int id, List<TextSpan> spans) {
    List<Span> plain = expected.get(id);
    assertThat(spans).as(texts.get(id)).hasSameSizeAs(plain);
    for (int i = 0; i < plain.size(); i++) {
      TextSpan span = spans.get(i);
      assertThat(span.label()).isEqualTo(plain.get(i).label());
      assertThat(span.start()).isEqualTo(plain.get(i).start());
      assertThat(span.end()).isEqualTo(plain.get(i).end());
      assertThat(span.score()).isCloseTo(plain.get(i).score(), within(1e-5f));
      assertThat(span.text()).isEqualTo(texts.get(id).substring(span.start(), span.end()));
    }
  }

  private static Map<Integer, Tagging> tag(List<String> of, Configuration settings)
      throws Exception {
    Map<Integer, Tagging> answers = new HashMap<>();
    try (CloseableIterator<Tuple2<Tuple2<Integer, String>, Tagging>> results =
        Tag.stream(
                "tag",
                environment(RuntimeExecutionMode.STREAMING, 1)
                    .fromData(rows(of), Types.TUPLE(Types.INT, Types.STRING)),
                row -> row.f1,
                InferenceSettings.from(settings))
            .rows()
            .executeAndCollect()) {
      results.forEachRemaining(row -> assertThat(answers.put(row.f0.f0, row.f1)).isNull());
    }
    return answers;
  }

  /** Each text twice, so that half of them come from the cache or wait for the other half. */
  @Test
  void aStreamIsTagged() throws Exception {
    List<String> twice = new ArrayList<>(texts);
    twice.addAll(texts);
    Map<Integer, Tagging> answers = tag(twice, settings());
    assertThat(answers).hasSameSizeAs(twice);
    answers.forEach(
        (id, answer) ->
            requireSpans(id % texts.size(), List.of(Objects.requireNonNull(answer.spans))));
    assertThat(expected).anySatisfy(spans -> assertThat(spans).hasSizeGreaterThan(3));
  }

  @Test
  void aRowWithoutATextIsADeadLetterOrHasNoSpans() throws Exception {
    List<DeadLetter> letters = new ArrayList<>();
    try (CloseableIterator<DeadLetter> results =
        Tag.stream(
                "tag",
                environment(RuntimeExecutionMode.STREAMING, 1)
                    .fromData(rows(List.of("a", " ")), Types.TUPLE(Types.INT, Types.STRING)),
                row -> row.f1,
                InferenceSettings.from(settings()))
            .deadLetters()
            .executeAndCollect()) {
      results.forEachRemaining(letters::add);
    }
    assertThat(letters).singleElement().extracting(DeadLetter::getCategory).hasToString("INVALID");
    Configuration settings = settings();
    settings.set(InferenceOptions.ON_BAD_ROW, OnBadRow.NULL);
    Map<Integer, Tagging> answers = tag(List.of("a", " "), settings);
    assertThat(Objects.requireNonNull(answers.get(0)).spans).isNotNull();
    assertThat(Objects.requireNonNull(answers.get(1)).spans).isNull();
  }

  @Test
  void inSqlItIsTheSame() throws Exception {
    StreamTableEnvironment env = sql(RuntimeExecutionMode.STREAMING, texts);
    model(env, "ARRAY<ROW<label STRING, score FLOAT, `start` INT, `end` INT, text STRING>>");
    List<Row> rows = query(env);
    assertThat(rows).hasSameSizeAs(texts);
    for (Row row : rows) {
      List<TextSpan> spans = new ArrayList<>();
      for (Row span : (Row[]) Objects.requireNonNull(row.getField("spans"))) {
        spans.add(
            new TextSpan(
                span.getFieldAs(0),
                span.getFieldAs(1),
                span.getFieldAs(2),
                span.getFieldAs(3),
                span.getFieldAs(4)));
      }
      requireSpans(row.getFieldAs("id"), spans);
    }
  }

  @Test
  void theFieldsMayBeFewerAndWider() throws Exception {
    List<String> few = new ArrayList<>(texts.subList(0, 2));
    few.add(null);
    StreamTableEnvironment env = sql(RuntimeExecutionMode.BATCH, few);
    model(env, "ARRAY<ROW<`end` BIGINT, label STRING, score DOUBLE>>");
    for (Row row : query(env)) {
      int id = row.getFieldAs("id");
      Row[] spans = row.getFieldAs("spans");
      if (id == 2) {
        assertThat(spans).isNull();
      } else {
        List<Span> plain = expected.get(id);
        for (int i = 0; i < plain.size(); i++) {
          assertThat(spans[i].<Long>getFieldAs(0)).isEqualTo(plain.get(i).end());
          assertThat(spans[i].<String>getFieldAs(1)).isEqualTo(plain.get(i).label());
          assertThat(spans[i].<Double>getFieldAs(2)).isCloseTo(plain.get(i).score(), within(1e-5));
        }
      }
    }
  }

  @Test
  void whatDoesNotFitIsToldBeforeTheJobStarts() {
    StreamTableEnvironment env = sql(RuntimeExecutionMode.BATCH, texts);
    model(env, "ARRAY<ROW<label STRING, offs INT>>");
    assertThatThrownBy(() -> query(env))
        .hasStackTraceContaining("OUTPUT must be one column ARRAY<ROW<label STRING, score FLOAT")
        .hasStackTraceContaining("OUTPUT (spans ARRAY<ROW<`label` STRING, `offs` INT>>)")
        .hasStackTraceContaining(
            "INPUT (text STRING) OUTPUT (spans ARRAY<ROW<label STRING, score FLOAT, `start` INT,"
                + " `end` INT, text STRING>>)");
    assertThatThrownBy(
            () ->
                Classify.stream(
                    "classify",
                    environment(RuntimeExecutionMode.BATCH, 1).fromData("a"),
                    row -> row,
                    InferenceSettings.from(settings())))
        .hasMessageContaining("is for token-classification and not for classification");
    assertThatThrownBy(
            () ->
                Tag.stream(
                    "tag",
                    environment(RuntimeExecutionMode.BATCH, 1).fromData("a"),
                    row -> row,
                    InferenceSettings.from(new Configuration())))
        .hasMessageContaining("name none that ends with ForTokenClassification");
  }

  private static StreamTableEnvironment sql(
      RuntimeExecutionMode mode, List<? extends @Nullable String> of) {
    StreamTableEnvironment env = StreamTableEnvironment.create(environment(mode, 1));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      rows.add(Row.of(i, of.get(i)));
    }
    env.createTemporaryView(
        "texts",
        env.fromDataStream(
            ((StreamTableEnvironmentImpl) env)
                .execEnv()
                .fromData(
                    rows, Types.ROW_NAMED(new String[] {"id", "txt"}, Types.INT, Types.STRING))));
    return env;
  }

  private static void model(StreamTableEnvironment env, String type) {
    env.executeSql(
        "CREATE TEMPORARY MODEL tagger INPUT (t STRING) OUTPUT (spans "
            + type
            + ") WITH ('provider' = 'millrace', 'task' = 'token-classification', 'model' = '"
            + folder
            + "')");
  }

  private static List<Row> query(StreamTableEnvironment env) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results =
        env.executeSql(
                "SELECT id, spans FROM ML_PREDICT(TABLE texts, MODEL tagger, DESCRIPTOR(txt))")
            .collect()) {
      results.forEachRemaining(rows::add);
    }
    return rows;
  }
}
