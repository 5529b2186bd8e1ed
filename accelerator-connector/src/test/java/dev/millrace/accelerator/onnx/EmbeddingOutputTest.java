package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pooling and normalisation, against sums done by hand on {@link TinyModel#TABLE}. */
class EmbeddingOutputTest {

  private static final List<long[]> ROWS = List.of(new long[] {1, 2, 3}, new long[] {2});

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {9, 11, 13, 17, 18, 21})
  void poolsByMeanOverTheMask(int opset) {
    ModelFolders.of(folder, TinyModel.of(opset));
    assertVectors(embed(), new float[] {1, -2 / 3f, 7 / 3f}, new float[] {3, -4, 0});
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 11, 13, 17, 18, 21})
  void normalisesAsModulesJsonSays(int opset) {
    ModelFolders.of(folder, TinyModel.of(opset), "pooling_mode_mean_tokens");
    float norm = (float) Math.sqrt(1 + 4 / 9.0 + 49 / 9.0);
    assertVectors(
        embed(),
        new float[] {1 / norm, -2 / 3f / norm, 7 / 3f / norm},
        new float[] {0.6f, -0.8f, 0});
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13, 21})
  void poolsByTheFirstToken(int opset) {
    ModelFolders.of(folder, TinyModel.of(opset), "pooling_mode_cls_token");
    assertVectors(embed(), new float[] {1 / 3f, 2 / 3f, 2 / 3f}, new float[] {0.6f, -0.8f, 0});
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13, 18, 21})
  void poolsByTheGreatestOverTheMask(int opset) {
    ModelFolders.of(folder, TinyModel.of(opset), "pooling_mode_max_tokens");
    float norm = (float) Math.sqrt(9 + 4 + 25);
    assertVectors(
        embed(), new float[] {3 / norm, 2 / norm, 5 / norm}, new float[] {0.6f, -0.8f, 0});
  }

  @Test
  void castsOtherFloats() {
    TinyModel half = TinyModel.of(13);
    half.graph().getNodeBuilder(0).setOutput(0, "wide");
    half.graph()
        .addNode(
            TinyModel.node("Cast", "last_hidden_state", "wide")
                .addAttribute(TinyModel.integer("to", TinyModel.FLOAT16)))
        .setOutput(0, TinyModel.value("last_hidden_state", TinyModel.FLOAT16, 3));
    ModelFolders.of(folder, half);
    assertVectors(embed(), new float[] {1, -2 / 3f, 7 / 3f}, new float[] {3, -4, 0});
  }

  @Test
  void takesAVectorThatTheModelMakesItself() {
    TinyModel pooled = TinyModel.of(11);
    pooled
        .graph()
        .addNode(
            TinyModel.node("ReduceMax", "sentence_embedding", "last_hidden_state")
                .addAttribute(TinyModel.integer("axes", 0).setType(7).clearI().addInts(1).build())
                .addAttribute(TinyModel.integer("keepdims", 0)))
        .setOutput(0, TinyModel.value("sentence_embedding", TinyModel.FLOAT, 2));
    ModelFolders.of(folder, pooled);
    assertVectors(embed(), new float[] {3, 2, 5}, new float[] {3, 0, 0});
  }

  @Test
  void leavesANameThatTheGraphUsesInside() {
    TinyModel taken = TinyModel.of(13);
    taken.graph().getNodeBuilder(0).setOutput(0, "embedding");
    taken.graph().addNode(TinyModel.node("Identity", "last_hidden_state", "embedding"));
    ModelFolders.of(folder, taken);
    assertVectors(embed(), new float[] {1, -2 / 3f, 7 / 3f}, new float[] {3, -4, 0});
  }

  @Test
  void refusesAModelWithoutAnEmbedding() {
    TinyModel classifier = TinyModel.of(13);
    classifier.graph().getNodeBuilder(0).setOutput(0, "logits");
    classifier.graph().setOutput(0, TinyModel.value("logits", TinyModel.FLOAT, 3));
    ModelFolders.of(folder, classifier);
    assertThatThrownBy(this::embed)
        .isInstanceOf(AcceleratorException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("it has logits")
        .hasMessageContaining("feature-extraction")
        .extracting(e -> ((AcceleratorException) e).category())
        .isEqualTo(Category.MODEL);
  }

  @Test
  void namesAllThatIsWrongWithTheInputs() {
    TinyModel odd = TinyModel.of(13).renameInput(1, "mask").renameInput(2, "position_ids");
    odd.graph().getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(6);
    ModelFolders.of(folder, odd);
    assertThatThrownBy(this::embed)
        .hasMessageContaining("no input 'attention_mask'")
        .hasMessageContaining("has the input 'mask'")
        .hasMessageContaining("has the input 'position_ids'")
        .hasMessageContaining("'input_ids' is not of int64");
  }

  @Test
  void refusesAnOpsetThatIsTooOld() {
    ModelFolders.of(folder, TinyModel.of(8));
    assertThatThrownBy(this::embed).hasMessageContaining("opset 8").hasMessageContaining("9");
  }

  private List<float[]> embed() {
    try (InferenceSession session =
            Sessions.open(
                AcceleratorUri.parse("onnx:cpu"),
                Models.resolve(folder.toString()),
                SessionOptions.defaults());
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS);
        ArrowBatch answer = session.infer(batch).block()) {
      assertThat(answer).isNotNull();
      return Vectors.of(answer);
    }
  }

  private static void assertVectors(List<float[]> vectors, float[]... expected) {
    assertThat(vectors).hasSize(expected.length);
    for (int row = 0; row < expected.length; row++) {
      assertThat(vectors.get(row)).containsExactly(expected[row], within(2e-3f));
    }
  }
}
