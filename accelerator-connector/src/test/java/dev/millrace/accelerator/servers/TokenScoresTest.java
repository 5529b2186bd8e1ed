package dev.millrace.accelerator.servers;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.TokenModels;
import dev.millrace.accelerator.onnx.Vectors;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scores of tokens are the same wherever the model runs. */
class TokenScoresTest {

  private static final int LABELS = TokenModels.LABELS.size();
  private static final List<String> TEXTS = Texts.generated(40, 20, 5);

  @TempDir Path folder;

  private static Model model(Path folder) {
    Model model = Models.resolve(folder.toString());
    assertThat(model.task()).isEqualTo(ModelTask.TOKEN_CLASSIFICATION);
    return model;
  }

  /** Row by row, with nothing of ours. */
  private static List<float[]> expected(Path folder, List<long[]> tokens) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    List<float[]> expected = new ArrayList<>();
    try (OrtSession session =
        environment.createSession(folder.resolve("onnx/model.onnx").toString())) {
      for (long[] ids : tokens) {
        long[] shape = {1, ids.length};
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        try (OnnxTensor idTensor =
                OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
            OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
            OnnxTensor types =
                OnnxTensor.createTensor(environment, LongBuffer.allocate(ids.length), shape);
            OrtSession.Result result =
                session.run(
                    Map.of(
                        "input_ids", idTensor, "attention_mask", mask, "token_type_ids", types))) {
          float[] scores = new float[ids.length * LABELS];
          float[][] logits = ((float[][][]) result.get(0).getValue())[0];
          for (int token = 0; token < ids.length; token++) {
            System.arraycopy(
                HeadedModels.softmax(logits[token]), 0, scores, token * LABELS, LABELS);
          }
          expected.add(scores);
        }
      }
    }
    return expected;
  }

  private static void assertScores(
      String uri,
      Model model,
      SessionOptions options,
      List<long[]> tokens,
      List<float[]> expected,
      float by) {
    try (InferenceSession session = Sessions.open(AcceleratorUri.parsePool(uri), model, options);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, tokens);
        ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
      assertThat(session.signature().outputs()).hasToString("[token_scores FLOAT32[?, ?, 5]]");
      assertThat(session.batchInvariant()).isTrue();
      List<float[]> scores = Vectors.of(answer, TextColumns.TOKEN_SCORES);
      for (int row = 0; row < tokens.size(); row++) {
        float[] ofRow = Arrays.copyOf(scores.get(row), tokens.get(row).length * LABELS);
        assertThat(ofRow).as("row " + row).containsExactly(expected.get(row), within(by));
      }
    }
  }

  @Test
  void onEveryConnectorTheyAreThoseOfAPlainLoop() throws Exception {
    TokenModels.headed(folder, TokenModels.LABELS);
    Model model = model(folder);
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    List<float[]> expected = expected(folder, tokens);
    SessionOptions options = SessionOptions.defaults();
    assertScores("onnx:cpu", model, options, tokens, expected, 1e-4f);
    assertScores("onnx:cpu", model, options.withPrecision(Precision.INT8), tokens, expected, 0.15f);
    try (TestServer server =
        TestServer.oip(
            folder.resolve("onnx/model.onnx"), "output=token_logits", "dimensions=open")) {
      String uri = "oip+grpc://" + server.address() + "?model=tiny&output=token_logits";
      assertScores(uri, model, options, tokens, expected, 1e-4f);
      assertScores("onnx:cpu," + uri, model, options, tokens, expected, 1e-4f);
    }
    try (TestServer server = openAi("pooling=/pooling")) {
      String uri = "openai+http://" + server.address() + "/v1?model=tiny";
      assertScores(uri, model, options, tokens, expected, 1e-4f);
      assertScores("onnx:cpu," + uri, model, options, tokens, expected, 1e-4f);
      assertThat(server.count("/pooling")).isPositive();
      requireRefused(uri, model, server, "dimensions", " scores for ", "and a first token had 5");
      requireRefused(uri, model, server, "nan", "the answer for row 0 holds NaN");
      requireRefused(uri, model, server, "lost", "the answer has 1 of 2 rows");
      assertThatThrownBy(
              () -> Sessions.validate(AcceleratorUri.parsePool(uri + "&input=text"), model))
          .hasMessageContaining("Leave input=text out");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pooling=/pooling, base64=no, use_activation=ignored",
    "pooling=/v1/pooling, base64=no, use_activation=refused",
    "pooling=/v1/pooling, activation=identity, name=tiny",
  })
  void aServerMayDifferInHowItLabelsTokens(String pooling, String more, String most)
      throws Exception {
    TokenModels.headed(folder, TokenModels.LABELS);
    Model model = model(folder);
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    try (TestServer server = openAi(pooling, more, most)) {
      assertScores(
          "openai+http://" + server.address() + "/v1?model=tiny",
          model,
          SessionOptions.defaults(),
          tokens,
          expected(folder, tokens),
          1e-4f);
    }
  }

  private TestServer openAi(String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("labels=" + String.join(",", TokenModels.LABELS));
    return TestServer.openAi(folder.resolve("onnx/model.onnx"), all.toArray(String[]::new));
  }

  private static void requireRefused(
      String uri, Model model, TestServer server, String fault, String... messages) {
    try (InferenceSession session =
            Sessions.open(AcceleratorUri.parsePool(uri), model, SessionOptions.defaults());
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch =
            TokenBatches.of(scope, List.of(new long[] {101, 7, 102}, new long[] {101, 102}))) {
      server.fault(fault, 1);
      assertThatThrownBy(() -> session.infer(batch).block())
          .isInstanceOfSatisfying(
              AcceleratorException.class,
              bad -> assertThat(bad.category()).isEqualTo(Category.OUTPUT))
          .hasMessageContainingAll(messages);
    }
  }

  @Test
  void rowsThatRunAloneHaveTheirOwn() throws Exception {
    TokenModels.table(folder, TokenModels.LABELS);
    Model model = model(folder);
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    List<float[]> expected = expected(folder, tokens);
    try (TestServer server =
        TestServer.oip(folder.resolve("onnx/model.onnx"), "output=token_logits", "company=yes")) {
      String uri = "oip+grpc://" + server.address() + "?model=tiny&output=token_logits";
      assertScores(uri, model, SessionOptions.defaults(), tokens, expected, 1e-4f);
    }
  }

  @Test
  void whatIsNotANumberIsABadAnswer() {
    List<String> labels = TokenModels.LABELS;
    TokenModels.table(folder, labels);
    TokenModels.spoil(folder, labels.size(), 1037);
    Model model = model(folder);
    try (InferenceSession session =
            Sessions.open(AcceleratorUri.parse("onnx:cpu"), model, SessionOptions.defaults());
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch =
            TokenBatches.of(scope, List.of(new long[] {101, 7, 102}, new long[] {1037}))) {
      assertThatThrownBy(() -> session.infer(batch).block())
          .isInstanceOfSatisfying(
              AcceleratorException.class,
              bad -> assertThat(bad.category()).isEqualTo(Category.OUTPUT))
          .hasMessageContaining("the answer for row 1 holds NaN");
    }
  }

  @Test
  void whatDoesNotFitIsToldWhenItIsLoaded() {
    TokenModels.table(folder, List.of("O", "B-PER", "I-PER"));
    ModelFolders.write(
        folder,
        "config.json",
        "{\"architectures\": [\"BertForTokenClassification\"], \"num_labels\": 2}");
    assertThatThrownBy(
            () ->
                Sessions.open(
                    AcceleratorUri.parse("onnx:cpu"),
                    Models.resolve(folder.toString()),
                    SessionOptions.defaults()))
        .hasMessageContaining("has 3 scores for a token, and its config.json names 2 labels");
    assertThatThrownBy(
            () ->
                Sessions.validate(
                    AcceleratorUri.parsePool("onnx:cpu,sim:one"),
                    Models.resolve(folder.toString())))
        .hasMessageContaining(
            "which is for token-classification. The schemes that can are [oip+grpc, oip+grpcs,"
                + " onnx, openai+http, openai+https]");
  }
}
