package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model.Pooling;
import dev.millrace.accelerator.Model.TextSettings;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelsTest {

  @TempDir Path folder;

  @Test
  void theBuiltInModelIsThere() {
    Model model = Models.resolve("minilm");
    assertThat(model.text()).isEqualTo(new TextSettings(256, Pooling.MEAN, true));
    assertThat(model.digest()).hasSize(64).startsWith(model.shortDigest());
    assertThat(model.folder()).isNull();
    assertThat(Models.resolve("minilm").digest()).isEqualTo(model.digest());
  }

  @Test
  void anUnknownNameListsWhatThereIs() {
    assertThat(failure("no-such-model"))
        .hasMessageContaining("'no-such-model'")
        .hasMessageContaining("minilm")
        .hasMessageContaining("onnx/model.onnx or model.onnx")
        .hasMessageContaining("tokenizer.json");
    assertThat(failure("")).hasMessageContaining("'' is no model");
  }

  @Test
  void aFileIsNoFolder() {
    ModelFolders.of(folder, TinyModel.of(13));
    assertThat(failure(folder.resolve("model.onnx").toString()))
        .hasMessageContaining("It is a file: give the folder");
  }

  @Test
  void aFolderWithoutSentenceTransformersFilesIsPooledByTheMean() {
    ModelFolders.of(folder, TinyModel.of(13));
    Model model = Models.resolve(folder.toString());
    assertThat(model.text()).isEqualTo(new TextSettings(32, Pooling.MEAN, false));
    assertThat(model.folder()).isEqualTo(folder);
  }

  @Test
  void whatSentenceTransformersFilesSayIsObeyed() {
    ModelFolders.of(folder, TinyModel.of(13), "pooling_mode_cls_token");
    ModelFolders.write(folder, "sentence_bert_config.json", "{\"max_seq_length\": 16}");
    assertThat(settings()).isEqualTo(new TextSettings(16, Pooling.CLS, true));
    ModelFolders.write(folder, "1_Pooling/config.json", "{\"pooling_mode\": \"max\"}");
    ModelFolders.write(folder, "sentence_bert_config.json", "{\"max_seq_length\": null}");
    ModelFolders.write(folder, "tokenizer_config.json", "{\"model_max_length\": 24}");
    assertThat(settings()).isEqualTo(new TextSettings(24, Pooling.MAX, true));
  }

  @ParameterizedTest(name = "{0}, tokenizer {1}: {2}")
  @CsvSource({
    "'{\"max_position_embeddings\": 512}', 1e30, 512",
    "'{\"max_position_embeddings\": 512}', 128, 128",
    "'{\"max_position_embeddings\": 64}', 128, 64",
    "'{\"max_position_embeddings\": 514, \"model_type\": \"mpnet\"}', 1e30, 512",
    "'{\"n_positions\": 2048}', 1e30, 2048",
    "'{}', 128, 128"
  })
  void lengthIsTheLeastThatTheFilesAllow(String config, String tokenizer, int tokens) {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(folder, "config.json", config);
    ModelFolders.write(
        folder, "tokenizer_config.json", "{\"model_max_length\": " + tokenizer + "}");
    assertThat(settings().maxTokens()).isEqualTo(tokens);
  }

  @Test
  void theGraphInTheOnnxFolderComesFirst() {
    ModelFolders.of(folder, TinyModel.of(13));
    String before = Models.resolve(folder.toString()).digest();
    ModelFolders.write(folder, "onnx/model.onnx", TinyModel.of(17).bytes());
    Model model = Models.resolve(folder.toString());
    assertThat(model.folder()).isEqualTo(folder.resolve("onnx"));
    assertThat(model.digest()).isNotEqualTo(before);
  }

  @Test
  void theDigestIsOfAllThatTheAnswersDependOn() {
    TinyModel graph = TinyModel.of(13);
    byte[] table = graph.moveTableTo("model.onnx_data");
    ModelFolders.of(folder, graph);
    ModelFolders.write(folder, "model.onnx_data", table);
    String first = Models.resolve(folder.toString()).digest();
    assertThat(Models.resolve(folder.toString()).digest()).isEqualTo(first);

    table[0] ^= 1;
    ModelFolders.write(folder, "model.onnx_data", table);
    String otherWeights = Models.resolve(folder.toString()).digest();
    ModelFolders.write(folder, "sentence_bert_config.json", "{\"max_seq_length\": 8}");
    String otherLength = Models.resolve(folder.toString()).digest();
    ModelFolders.write(folder, "tokenizer.json", "{\"model\": {}}");
    String otherTokenizer = Models.resolve(folder.toString()).digest();
    assertThat(new String[] {first, otherWeights, otherLength, otherTokenizer})
        .doesNotHaveDuplicates();
  }

  @Test
  void aFolderThatDidNotChangeIsReadOnce() throws IOException {
    ModelFolders.of(folder, TinyModel.of(13));
    FileTime past = FileTime.from(Instant.now().minusSeconds(60));
    for (String file : new String[] {"model.onnx", "tokenizer.json", "config.json"}) {
      Files.setLastModifiedTime(folder.resolve(file), past);
    }
    Model first = Models.resolve(folder.toString());
    assertThat(Models.resolve(folder.toString())).isSameAs(first);

    ModelFolders.write(folder, "model.onnx", TinyModel.of(17).bytes());
    Model other = Models.resolve(folder.toString());
    assertThat(other.digest()).isNotEqualTo(first.digest());
    Files.setLastModifiedTime(folder.resolve("model.onnx"), past);
    assertThat(Models.resolve(folder.toString()).digest()).isEqualTo(other.digest());
  }

  @Test
  void weightsBesideTheGraphAreRead() {
    TinyModel graph = TinyModel.of(13);
    byte[] table = graph.moveTableTo("model.onnx_data");
    ModelFolders.of(folder, graph);
    ModelFolders.write(folder, "model.onnx_data", table);
    try (InferenceSession session =
        Sessions.open(
            AcceleratorUri.parse("onnx:cpu"),
            Models.resolve(folder.toString()),
            SessionOptions.defaults())) {
      assertThat(session.signature().outputs()).hasToString("[embedding FLOAT32[?, 3]]");
    }
  }

  @Test
  void allThatIsMissingIsNamedAtOnce() {
    assertThat(failure(folder.toString()))
        .hasMessageContaining(folder + " has neither onnx/model.onnx nor model.onnx")
        .hasMessageContaining(folder.resolve("tokenizer.json") + " is missing")
        .hasMessageContaining(folder.resolve("config.json") + " is missing");
  }

  @Test
  void allThatIsCorruptIsNamedAtOnce() {
    ModelFolders.write(folder, "onnx/model.onnx", "version https://git-lfs.github.com/spec/v1\n");
    ModelFolders.write(folder, "tokenizer.json", "{\"model\": {");
    ModelFolders.write(folder, "config.json", "");
    ModelFolders.write(folder, "modules.json", "[{\"type\": \"sentence_transformers.Dense\"}]");
    ModelFolders.write(folder, "1_Pooling/config.json", "{\"pooling_mode_lasttoken\": true}");
    ModelFolders.write(folder, "sentence_bert_config.json", "{\"max_seq_length\": \"many\"}");
    assertThat(failure(folder.toString()))
        .hasMessageContaining(folder.resolve("onnx/model.onnx") + " is not an ONNX model")
        .hasMessageContaining("git lfs pull")
        .hasMessageContaining(folder.resolve("tokenizer.json") + " is not JSON")
        .hasMessageContaining("line 1, column")
        .hasMessageContaining(folder.resolve("config.json") + " is empty")
        .hasMessageContaining("the module 'sentence_transformers.Dense'")
        .hasMessageContaining("lists no Pooling module")
        .hasMessageContaining("asks for pooling by lasttoken, which cannot be run")
        .hasMessageContaining("max_seq_length = \"many\"");
  }

  @Test
  void aGraphThatIsNoneIsNamed() {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(folder, "model.onnx", new byte[0]);
    assertThat(failure(folder.toString()))
        .hasMessageContaining("is not an ONNX model (0 bytes without a graph)");
  }

  @Test
  void aGraphByAnotherNameIsShown() throws IOException {
    ModelFolders.of(folder, TinyModel.of(13));
    Files.move(folder.resolve("model.onnx"), folder.resolve("model_quantized.onnx"));
    Model model = Models.resolve(folder.toString());
    assertThatThrownBy(model::graph)
        .hasMessageContaining("cannot be run in this process: " + folder)
        .hasMessageContaining(
            "It has model_quantized.onnx: give the one to use the name model.onnx");
    assertThatThrownBy(() -> Sessions.validate(AcceleratorUri.parse("onnx:cpu"), model))
        .hasMessageContaining("It has model_quantized.onnx");
    Sessions.validate(AcceleratorUri.parse("oip+grpc://localhost:8001"), model);
  }

  @Test
  void aTokenizerThatIsNoneIsNamed() {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(folder, "tokenizer.json", "{\"vocab\": []}");
    assertThat(failure(folder.toString())).hasMessageContaining("has no object 'model'");
  }

  @Test
  void missingWeightsAreNamed() {
    TinyModel graph = TinyModel.of(13);
    graph.moveTableTo("model.onnx_data");
    ModelFolders.of(folder, graph);
    assertThat(failure(folder.toString()))
        .hasMessageContaining(folder.resolve("model.onnx_data") + " is missing");
  }

  @Test
  void weightsOutsideTheFolderAreRefused() {
    TinyModel graph = TinyModel.of(13);
    graph.moveTableTo("../../elsewhere");
    ModelFolders.of(folder, graph);
    assertThat(failure(folder.toString())).hasMessageContaining("outside its own folder");
  }

  @Test
  void aPoolingModuleMustHaveItsSettings() {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(folder, "modules.json", ModelFolders.SENTENCE_TRANSFORMER);
    assertThat(failure(folder.toString()))
        .hasMessageContaining(folder.resolve("1_Pooling/config.json") + " is missing");
  }

  @Test
  void twoWaysOfPoolingAreRefused() {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(
        folder,
        "1_Pooling/config.json",
        "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": true}");
    assertThat(failure(folder.toString())).hasMessageContaining("by cls and mean");
  }

  @Test
  void aLengthThatNoFileTellsIsAskedFor() {
    ModelFolders.of(folder, TinyModel.of(13));
    ModelFolders.write(folder, "config.json", "{}");
    assertThat(failure(folder.toString()))
        .hasMessageContaining("does not say how many tokens")
        .hasMessageContaining("max_seq_length");
  }

  private TextSettings settings() {
    return Models.resolve(folder.toString()).text();
  }

  private static AcceleratorException failure(String name) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> Models.resolve(name));
    assertThat(failure.category()).isEqualTo(Category.MODEL);
    return failure;
  }
}
