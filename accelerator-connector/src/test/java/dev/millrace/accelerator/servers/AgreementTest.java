package dev.millrace.accelerator.servers;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.onnx.AloneAnswers;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.Vectors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts have the same vectors wherever the model runs. */
class AgreementTest {

  private static final List<String> TEXTS = Texts.generated(60, 20, 3);

  @TempDir static Path folder;
  private static List<float[]> expected = List.of();

  @BeforeAll
  static void run() {
    ModelFolders.fp32MiniLm(folder);
    expected = AloneAnswers.to(TEXTS, folder.toString(), SessionOptions.defaults());
  }

  private static Path graph() {
    return folder.resolve("onnx/model.onnx");
  }

  @Test
  void overTheOpenInferenceProtocolPooledHere() {
    try (TestServer server = TestServer.oip(graph(), "name=minilm-fp32")) {
      requireAgreement("oip+grpc://" + server.address() + "?model=minilm-fp32&connections=2");
    }
  }

  @Test
  void overTheOpenInferenceProtocolPooledThere() {
    try (TestServer server =
        TestServer.oip(graph(), "output=sentence_embedding", "ids=INT32", "dimensions=open")) {
      requireAgreement("oip+grpc://" + server.address() + "?model=tiny");
    }
  }

  @Test
  void overOpenAisRoutes() {
    try (TestServer server = TestServer.openAi(graph(), "name=minilm-fp32")) {
      requireAgreement("openai+http://" + server.address() + "/v1?model=minilm-fp32");
    }
  }

  @Test
  void overOpenAisRoutesByTexts() {
    try (TestServer server =
        TestServer.openAi(
            graph(),
            "name=minilm-fp32",
            "input=text",
            "tokenizer=" + folder.resolve("tokenizer.json"))) {
      String uri = "openai+http://" + server.address() + "/v1?model=minilm-fp32";
      requireAgreement(uri + "&input=text");
      Asking.requireNoSession(
          uri,
          folder,
          AcceleratorException.Category.CONFIGURATION,
          "HTTP status 400",
          "If it takes texts only and no tokens, add input=text.");
    }
  }

  @Test
  void aClassifierHasTheSameScoresOverTheOpenInferenceProtocol(@TempDir Path three)
      throws Exception {
    HeadedModels.of(three, 3, "\"num_labels\": 3,");
    Model model = Models.resolve(three.toString());
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    List<float[]> logits =
        HeadedModels.logits(three, TEXTS.stream().map(text -> new String[] {text}).toList());
    try (TestServer server =
            TestServer.oip(three.resolve("onnx/model.onnx"), "output=logits", "dimensions=open");
        MemoryScope scope = MemoryScope.open("agreement");
        InferenceSession session =
            Sessions.open(
                AcceleratorUri.parse("oip+grpc://" + server.address() + "?model=tiny"),
                model,
                SessionOptions.defaults());
        ArrowBatch batch = TokenBatches.of(scope, tokens);
        ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
      assertThat(session.signature().outputs()).hasToString("[scores FLOAT32[?, 3]]");
      List<float[]> scores = Vectors.of(answer, "scores");
      for (int i = 0; i < TEXTS.size(); i++) {
        assertThat(scores.get(i))
            .containsExactly(HeadedModels.softmax(logits.get(i)), within(1e-4f));
      }
    }
  }

  private static void requireAgreement(String uri) {
    Model model = Models.resolve(folder.toString());
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    List<float[]> vectors = new ArrayList<>();
    try (MemoryScope scope = MemoryScope.open("agreement");
        InferenceSession session =
            Sessions.open(AcceleratorUri.parse(uri), model, SessionOptions.defaults())) {
      assertThat(session.batchInvariant()).isTrue();
      assertThat(session.runsRowsAlone()).isFalse();
      for (int first = 0; first < TEXTS.size(); first += 20) {
        try (ArrowBatch batch = batch(session, scope, tokens, first);
            ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
          vectors.addAll(Vectors.of(answer));
        }
      }
    }
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(Vectors.cosine(vectors.get(i), expected.get(i)))
          .as(TEXTS.get(i))
          .isGreaterThan(0.9999);
      assertThat(Vectors.norm(vectors.get(i))).isBetween(0.999, 1.001);
    }
  }

  private static ArrowBatch batch(
      InferenceSession session, MemoryScope scope, List<long[]> tokens, int first) {
    ArrowBatch batch = TokenBatches.of(scope, tokens.subList(first, first + 20));
    return session.readsTexts()
        ? TextRows.add(batch, scope, TEXTS.subList(first, first + 20), session.model())
        : batch;
  }
}
