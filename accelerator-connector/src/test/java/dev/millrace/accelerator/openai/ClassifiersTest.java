package dev.millrace.accelerator.openai;

import static dev.millrace.accelerator.servers.Asking.requireNoSession;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Classifiers and cross-encoders at servers that serve them in the ways that there are. Each answer
 * is held against a plain loop over the runtime.
 */
class ClassifiersTest {

  private static final List<String> TEXTS = Texts.generated(24, 20, 9);

  /** Of the pairs: each twice in a row, so that a query has several documents, but not all. */
  private static final List<String> QUERIES =
      IntStream.range(0, TEXTS.size())
          .mapToObj(i -> "What is the " + TEXTS.get(i / 2) + "?")
          .toList();

  @TempDir static Path moods;
  @TempDir static Path crossEncoder;
  private static @Nullable TestServer classifier;
  private static @Nullable TestServer scorer;

  @BeforeAll
  static void start() {
    HeadedModels.table(
        moods, 3, "\"id2label\": {\"0\": \"bad\", \"1\": \"fair\", \"2\": \"good\"},");
    HeadedModels.table(crossEncoder, 1, "\"id2label\": {\"0\": \"LABEL_0\"},");
    classifier = server(moods, "labels=bad,fair,good");
    scorer = server(crossEncoder, "labels=LABEL_0", "activation=sigmoid");
  }

  @AfterAll
  static void stop() {
    requireNonNull(classifier).close();
    requireNonNull(scorer).close();
  }

  private static TestServer server(Path model, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("tokenizer=" + model.resolve("tokenizer.json"));
    return TestServer.openAi(model.resolve("onnx/model.onnx"), all.toArray(String[]::new));
  }

  private static String uri(@Nullable TestServer server) {
    return "openai+http://" + requireNonNull(server).address() + "/v1?model=tiny&deadline=3500ms";
  }

  private static InferenceSession open(String uri, Path model) {
    return Sessions.open(
        AcceleratorUri.parsePool(uri), Models.resolve(model.toString()), SessionOptions.defaults());
  }

  private static List<float[]> ask(
      InferenceSession session, List<String> texts, @Nullable List<String> seconds) {
    Model model = session.model();
    try (MemoryScope scope = MemoryScope.open("test")) {
      ArrowBatch tokens = TokenBatches.of(scope, Texts.tokens(model, texts));
      try (ArrowBatch batch =
              session.readsTexts() ? TextRows.add(tokens, scope, texts, seconds) : tokens;
          ArrowBatch answer = requireNonNull(session.infer(batch).block(Duration.ofSeconds(20)))) {
        return Vectors.of(answer, TextColumns.SCORES);
      }
    }
  }

  private static void requireScores(InferenceSession session) throws Exception {
    List<float[]> logits =
        HeadedModels.logits(moods, TEXTS.stream().map(text -> new String[] {text}).toList());
    assertThat(session.signature().outputs()).hasToString("[scores FLOAT32[?, 3]]");
    assertThat(session.batchInvariant()).isTrue();
    List<float[]> scores = ask(session, TEXTS, null);
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(scores.get(i))
          .as(TEXTS.get(i))
          .containsExactly(HeadedModels.softmax(logits.get(i)), within(1e-5f));
    }
  }

  private static void requirePairScores(InferenceSession session) throws Exception {
    List<String[]> pairs = new ArrayList<>();
    for (int i = 0; i < TEXTS.size(); i++) {
      pairs.add(new String[] {QUERIES.get(i), TEXTS.get(i)});
    }
    List<float[]> logits = HeadedModels.logits(crossEncoder, pairs);
    assertThat(session.signature().outputs()).hasToString("[scores FLOAT32[?, 1]]");
    List<float[]> scores = ask(session, QUERIES, TEXTS);
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(scores.get(i)[0])
          .as(pairs.get(i)[0] + " / " + pairs.get(i)[1])
          .isCloseTo(HeadedModels.sigmoid(logits.get(i)[0]), within(1e-5f));
    }
  }

  @Test
  void vllmClassifiesByTokensAndScoresPairsOfTexts() throws Exception {
    try (InferenceSession session = open(uri(classifier), moods)) {
      assertThat(session.readsTexts()).isFalse();
      requireScores(session);
    }
    int before = requireNonNull(scorer).count("/score");
    try (InferenceSession session = open(uri(scorer), crossEncoder)) {
      assertThat(session.readsTexts()).isTrue();
      requirePairScores(session);
      // One text by itself has a score, too.
      assertThat(ask(session, TEXTS, null)).hasSize(TEXTS.size());
    }
    assertThat(requireNonNull(scorer).count("/score")).isGreaterThan(before);
  }

  @ParameterizedTest
  @CsvSource({
    "use_activation=ignored, ''",
    "use_activation=refused, ''",
    "activation=identity, ''",
    "activation=identity, '&scores=raw'",
    "use_activation=ignored, '&scores=activated'",
    "classify=/v1/classify, ''",
    "input=text, '&input=text'",
  })
  void aServerMayDifferInHowItClassifies(String option, String parameters) throws Exception {
    try (TestServer server = server(moods, "labels=bad,fair,good", option);
        InferenceSession session = open(uri(server) + parameters, moods)) {
      requireScores(session);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "score=no, rerank=jina, activation=sigmoid",
    "score=no, rerank=sglang, activation=identity",
    "use_activation=ignored, classify=no, activation=sigmoid",
    "use_activation=refused, classify=/v1/classify, activation=sigmoid",
  })
  void aServerMayDifferInHowItScoresPairs(String one, String two, String three) throws Exception {
    try (TestServer server = server(crossEncoder, "labels=LABEL_0", one, two, three);
        InferenceSession session = open(uri(server), crossEncoder)) {
      requirePairScores(session);
    }
  }

  @Test
  void aPoolWithTheProcessorGivesTheSame() throws Exception {
    try (InferenceSession pool = open("onnx:cpu?weight=0," + uri(classifier), moods)) {
      requireScores(pool);
    }
    try (InferenceSession pool = open("onnx:cpu?weight=0," + uri(scorer), crossEncoder)) {
      assertThat(pool.readsTexts()).isTrue();
    }
    assertThatThrownBy(
            () ->
                Sessions.validate(
                    AcceleratorUri.parsePool(uri(scorer) + "&known-answer=cpu"),
                    Models.resolve(crossEncoder.toString())))
        .hasMessageContaining("known-answer=cpu has nothing to compare");
  }

  @Test
  void whatDoesNotFitIsToldWhenTheSessionOpens(@TempDir Path other, @TempDir Path sigmoid) {
    HeadedModels.table(other, 3, "\"id2label\": {\"0\": \"x\", \"1\": \"y\", \"2\": \"z\"},");
    requireNoSession(
        uri(classifier),
        other,
        Category.MODEL,
        "it calls the label",
        "and config.json of",
        "[x, y, z]");
    HeadedModels.table(other, 4, "\"num_labels\": 4,");
    requireNoSession(
        uri(classifier), other, Category.MODEL, "gives 3 scores on /classify", "names 4 labels");
    HeadedModels.table(
        sigmoid,
        3,
        "\"problem_type\": \"multi_label_classification\", \"id2label\": {\"0\": \"bad\", \"1\":"
            + " \"fair\", \"2\": \"good\"},");
    try (TestServer softmax = server(moods, "labels=bad,fair,good", "use_activation=ignored")) {
      requireNoSession(
          uri(softmax),
          sigmoid,
          Category.CONFIGURATION,
          "sum to 1, as a softmax's do, config.json asks for SIGMOID");
    }
    try (TestServer only = server(moods)) {
      requireNoSession(
          uri(only),
          moods,
          Category.CONFIGURATION,
          "has no route on which it classifies texts: /v1/classify: HTTP status 404",
          "; /classify: HTTP status 404");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "nan, the answer for row 0 holds NaN",
    "lost, the answer has 23 of 24 rows; the first that it lacks is 0",
    "twice, the answer has the index 0 twice",
    "dimensions, 'row 0 of the answer has 4 scores, and a first text had 3'",
    "malformed, the answer is no JSON",
  })
  void anAnswerThatNoModelGivesIsRefused(String fault, String message) throws Exception {
    requireRefused(classifier, moods, null, fault, message);
  }

  @ParameterizedTest
  @CsvSource({
    "nan, the answer for row 0 holds NaN",
    "lost, the answer has 23 of 24 rows; the first that it lacks is 0",
    "twice, the answer has the index 0 twice",
    "malformed, the answer is no JSON",
  })
  void anAnswerThatNoCrossEncoderGivesIsRefused(String fault, String message) throws Exception {
    requireRefused(scorer, crossEncoder, TEXTS, fault, message);
  }

  private static void requireRefused(
      @Nullable TestServer server,
      Path model,
      @Nullable List<String> seconds,
      String fault,
      String message)
      throws Exception {
    try (InferenceSession session = open(uri(server), model)) {
      requireNonNull(server).fault(fault, 1);
      AcceleratorException failure =
          catchThrowableOfType(
              AcceleratorException.class,
              () -> ask(session, seconds == null ? TEXTS : QUERIES, seconds));
      assertThat(failure).hasMessageContaining(message);
      assertThat(failure.category()).isEqualTo(Category.OUTPUT);
      if (seconds == null) {
        requireScores(session);
      } else {
        requirePairScores(session);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"order", "busy", "down"})
  void anotherOrderAndAPauseChangeNothing(String fault) throws Exception {
    try (InferenceSession session = open(uri(classifier), moods)) {
      requireNonNull(classifier).fault(fault, 1);
      requireScores(session);
    }
    try (InferenceSession session = open(uri(scorer), crossEncoder)) {
      requireNonNull(scorer).fault(fault, 1);
      requirePairScores(session);
    }
  }

  @Test
  void aScoreThatIsNoneIsRefused() throws Exception {
    try (InferenceSession session = open(uri(scorer) + "&scores=activated", crossEncoder)) {
      requireNonNull(scorer).fault("far", 1);
      assertThatThrownBy(() -> ask(session, QUERIES, TEXTS))
          .hasMessageContaining("has the score 7.0, which is no SIGMOID", "scores=raw");
      requirePairScores(session);
    }
  }

  @Test
  void pairsWithoutTheirTextsAreRefused() {
    try (InferenceSession session = open(uri(scorer), crossEncoder);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch tokens = TokenBatches.ofPairs(scope, List.of(new long[] {101, 7, 102}), 2)) {
      assertThatThrownBy(() -> session.infer(tokens).block())
          .isInstanceOfSatisfying(
              AcceleratorException.class,
              bad -> assertThat(bad.category()).isEqualTo(Category.INPUT))
          .hasMessageContaining("tokens of pairs and not their texts");
    }
  }
}
