package dev.millrace.accelerator;

import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.Model.TextSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SHA-256 over everything that a model's answers depend on. */
final class ModelDigest {

  private final MessageDigest sha;

  private ModelDigest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256.", impossible);
    }
  }

  /**
   * @param weights files of weights that the graph points at, in the order of their names
   * @param classifier null for a model that makes embeddings
   */
  static String of(
      byte[] graph,
      List<Path> weights,
      byte[] tokenizer,
      TextSettings settings,
      @Nullable Classifier classifier) {
    ModelDigest digest = new ModelDigest();
    digest.add(graph);
    for (Path file : weights) {
      digest.add(file);
    }
    digest.add(tokenizer);
    digest.add(
        (settings.maxTokens() + " " + settings.pooling() + " " + settings.normalize())
            .getBytes(StandardCharsets.UTF_8));
    if (classifier != null) {
      if (classifier.byToken()) {
        digest.add("by token".getBytes(StandardCharsets.UTF_8));
      }
      digest.add(classifier.activation().name().getBytes(StandardCharsets.UTF_8));
      for (String label : classifier.labels()) {
        digest.add(label.getBytes(StandardCharsets.UTF_8));
      }
    }
    return HexFormat.of().formatHex(digest.sha.digest());
  }

  /** Over a graph that is used as it is. */
  static String ofGraph(byte[] graph, List<Path> weights) {
    ModelDigest digest = new ModelDigest();
    digest.add("raw 1".getBytes(StandardCharsets.UTF_8));
    digest.add(graph);
    weights.forEach(digest::add);
    return HexFormat.of().formatHex(digest.sha.digest());
  }

  /** Over what a generator is asked for. */
  static String of(List<String> parts) {
    ModelDigest digest = new ModelDigest();
    for (String part : parts) {
      digest.add(part.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.sha.digest());
  }

  // Each part comes after its length, so that no two lists of parts give the same bytes.
  private void add(byte[] part) {
    addLength(part.length);
    sha.update(part);
  }

  private void add(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      addLength(Files.size(file));
      byte[] chunk = new byte[1 << 16];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        sha.update(chunk, 0, n);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private void addLength(long length) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(length).array());
  }
}
