package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes models into folders laid out as Hugging Face exports them. */
public final class ModelFolders {

  public static final String SENTENCE_TRANSFORMER =
      """
      [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
       {"idx": 2, "name": "2", "path": "2_Normalize",
        "type": "sentence_transformers.models.Normalize"}]
      """;

  private ModelFolders() {}

  /** The fp32 MiniLM, which is batch-invariant. */
  public static Path fp32MiniLm(Path folder) {
    write(folder, "config.json", "{\"model_type\": \"bert\", \"max_position_embeddings\": 512}");
    write(folder, "sentence_bert_config.json", "{\"max_seq_length\": 256}");
    write(folder, "modules.json", SENTENCE_TRANSFORMER);
    write(folder, "1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
    copy("/all-minilm-l6-v2.onnx", folder.resolve("onnx/model.onnx"));
    copy("/all-minilm-l6-v2-tokenizer.json", folder.resolve("tokenizer.json"));
    return folder;
  }

  /** A folder with that graph, a tokenizer that reads as one, and no more than is required. */
  public static Path of(Path folder, TinyModel graph) {
    write(folder, "config.json", "{\"max_position_embeddings\": 32}");
    write(folder, "tokenizer.json", "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}}}");
    write(folder, "model.onnx", graph.bytes());
    return folder;
  }

  /** The same, with modules.json that normalises and the given pooling. */
  public static Path of(Path folder, TinyModel graph, String poolingMode) {
    of(folder, graph);
    write(folder, "modules.json", SENTENCE_TRANSFORMER);
    write(folder, "1_Pooling/config.json", "{\"" + poolingMode + "\": true}");
    return folder;
  }

  public static void write(Path folder, String name, String text) {
    write(folder, name, text.getBytes(StandardCharsets.UTF_8));
  }

  public static void write(Path folder, String name, byte[] bytes) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(requireNonNull(file.getParent()));
      Files.write(file, bytes);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void copy(String resource, Path file) {
    try (InputStream in = ModelFolders.class.getResourceAsStream(resource)) {
      Files.createDirectories(requireNonNull(file.getParent()));
      Files.copy(requireNonNull(in, resource), file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
