package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Activation;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that give scores and not vectors. */
final class ClassifierTest {

  private static final String THREE_LABELS =
      "\"id2label\": {\"0\": \"bad\", \"1\": \"fair\", \"2\": \"good\"},";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                                                                  | 2 | SOFTMAX
          'num_labels': 1,                                                    | 1 | SIGMOID
          'num_labels': 1, 'problem_type': 'regression',                      | 1 | NONE
          'num_labels': 3, 'problem_type': 'multi_label_classification',      | 3 | SIGMOID
          'num_labels': 3, 'problem_type': 'single_label_classification',     | 3 | SOFTMAX
          'id2label': {'0': 'LABEL_0'}, 'sentence_transformers': {'activation_fn': 'torch.nn.modules.linear.Identity'}, | 1 | NONE
          'id2label': {'0': 'LABEL_0'}, 'sbert_ce_default_activation_function': 'torch.nn.modules.activation.Sigmoid', | 1 | SIGMOID
          """)
  void theFolderSaysHowNumbersBecomeScores(String more, int labels, Activation activation) {
    HeadedModels.of(folder, labels, more.replace('\'', '"'));
    Model model = Models.resolve(folder.toString());
    assertThat(model.task()).isEqualTo(ModelTask.CLASSIFICATION);
    assertThat(model.classifier()).isNotNull();
    assertThat(model.classifier().activation()).isEqualTo(activation);
    assertThat(model.classifier().labels()).hasSize(labels).first().isEqualTo("LABEL_0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scoresAreThoseOfAPlainLoop(boolean asShipped) throws Exception {
    HeadedModels.of(folder, 3, THREE_LABELS);
    Model model = Models.resolve(folder.toString());
    assertThat(model.classifier()).isNotNull();
    assertThat(model.classifier().labels()).containsExactly("bad", "fair", "good");
    List<String> texts = Texts.generated(60, 30, 3);
    List<float[]> expected = new ArrayList<>();
    for (float[] logits :
        HeadedModels.logits(folder, texts.stream().map(t -> new String[] {t}).toList())) {
      expected.add(HeadedModels.softmax(logits));
    }
    SessionOptions options =
        SessionOptions.defaults()
            .withPreparation(asShipped ? GraphPreparation.AS_SHIPPED : GraphPreparation.AUTO);
    assertScores(model, options, texts, expected, 1e-4f);
  }

  @Test
  void madeInt8TheyAreNear() throws Exception {
    HeadedModels.of(folder, 3, THREE_LABELS);
    Model model = Models.resolve(folder.toString());
    List<String> texts = Texts.generated(60, 30, 3);
    List<float[]> expected = new ArrayList<>();
    for (float[] logits :
        HeadedModels.logits(folder, texts.stream().map(t -> new String[] {t}).toList())) {
      expected.add(HeadedModels.softmax(logits));
    }
    assertScores(
        model, SessionOptions.defaults().withPrecision(Precision.INT8), texts, expected, 0.1f);
  }

  private static void assertScores(
      Model model, SessionOptions options, List<String> texts, List<float[]> expected, float by) {
    try (InferenceSession session =
            Sessions.open(AcceleratorUri.parse("onnx:cpu"), model, options);
        MemoryScope scope = MemoryScope.open("test")) {
      assertThat(session.signature().outputs()).hasToString("[scores FLOAT32[?, 3]]");
      // Otherwise it would be the float32 graph that is near.
      assertThat(session.digest().equals(model.digest()))
          .isEqualTo(options.preparation() == GraphPreparation.AS_SHIPPED);
      List<long[]> tokens = Texts.tokens(model, texts);
      try (ArrowBatch batch = TokenBatches.of(scope, tokens);
          ArrowBatch answer = session.infer(batch).block()) {
        assertThat(answer).isNotNull();
        List<float[]> scores = Vectors.of(answer, TextColumns.SCORES);
        for (int row = 0; row < texts.size(); row++) {
          assertThat(scores.get(row)).as(texts.get(row)).hasSize(3);
          for (int label = 0; label < 3; label++) {
            assertThat(scores.get(row)[label])
                .as(texts.get(row))
                .isCloseTo(expected.get(row)[label], within(by));
          }
        }
      }
    }
  }

  @Test
  void labelsThatDoNotFitTheGraphAreToldWhenItIsLoaded() {
    HeadedModels.of(folder, 3, "\"num_labels\": 4,");
    Model model = Models.resolve(folder.toString());
    assertThatThrownBy(
            () -> Sessions.open(AcceleratorUri.parse("onnx:cpu"), model, SessionOptions.defaults()))
        .hasMessageContaining("has 3 scores for a text, and its config.json names 4 labels");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          'id2label': {'0': 'a', '2': 'b'}, | none with a text for 1
          'num_labels': 0,                  | num_labels = 0
          'sentence_transformers': {'activation_fn': 'mine.Own'}, | activation function 'mine.Own'
          """)
  void whatCannotBeRunIsTold(String more, String problem) {
    HeadedModels.of(folder, 2, more.replace('\'', '"'));
    assertThatThrownBy(() -> Models.resolve(folder.toString()))
        .hasMessageContaining("config.json")
        .hasMessageContaining(problem);
  }
}
