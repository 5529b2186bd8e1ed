package dev.millrace.jobs.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The fp32 model, laid out in a temporary folder as Hugging Face exports it. The artifact that
 * carries it is on the class path of the benchmark alone.
 */
final class Fp32Model implements AutoCloseable {

  static final String GRAPH = "all-minilm-l6-v2.onnx";
  static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  private final Path folder;

  Fp32Model() throws IOException {
    folder = Files.createTempDirectory("millrace-bench-");
    write("config.json", "{\"model_type\": \"bert\", \"max_position_embeddings\": 512}");
    write("sentence_bert_config.json", "{\"max_seq_length\": 256}");
    write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
    write(
        "modules.json",
        """
        [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
         {"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
        """);
    copy(GRAPH, "onnx/model.onnx");
    copy(TOKENIZER, "tokenizer.json");
  }

  /** Whether the artifact is on the class path. */
  static boolean isThere() {
    return Fp32Model.class.getClassLoader().getResource(GRAPH) != null;
  }

  String folder() {
    return folder.toString();
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }

  private void copy(String resource, String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    try (InputStream in = Fp32Model.class.getClassLoader().getResourceAsStream(resource)) {
      Files.copy(Objects.requireNonNull(in, resource), file);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    } catch (IOException left) {
      throw new UncheckedIOException(left);
    }
  }
}
