package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries a rewritten graph on a few fixed texts: each must have the same vector alone and in a
 * padded batch, and a vector that is near the one of the graph as shipped.
 */
final class RewriteCheck {

  /** A row alone and in company: what every session promises. */
  private static final double SAME = 0.9999;

  /**
   * Two graphs that both quantise, in different ways: each is within 13 degrees of float32 on the
   * texts of a real shop (cosines of 0.976 and 0.990 at least), so they are within 18 of each
   * other. A scale in the wrong place gave 0.75.
   */
  private static final double BOTH_QUANTISED = 0.95;

  /**
   * A quantised graph and its float32 original: 0.993 was the least on the texts of a real shop.
   */
  private static final double QUANTISED = 0.98;

  private static final int[] LENGTHS = {2, 5, 9, 14};
  private static final int PADDING = 3;

  private final LoadedGraph graph;
  private final boolean takesTypes;

  private RewriteCheck(LoadedGraph graph) {
    this.graph = graph;
    this.takesTypes = graph.takesTokenTypes();
  }

  /** What is wrong with a rewritten graph, in words; null if nothing is. */
  static @Nullable String problemOf(LoadedGraph rewritten, Model model) throws OrtException {
    List<long[]> texts = FixedTexts.of(rewritten.graph().vocabulary(), model, LENGTHS);
    RewriteCheck check = new RewriteCheck(rewritten);
    List<float[]> alone = check.alone(texts);
    double company = leastCosine(alone, check.together(texts, model.text().maxTokens()));
    if (!(company >= SAME)) {
      return String.format(
          Locale.ROOT,
          "a text's vector alone and in a batch have a cosine of %.5f, and %.4f is needed",
          company,
          SAME);
    }
    double least =
        rewritten.graph().isMadeByRow()
            ? BOTH_QUANTISED
            : rewritten.graph().isMadeInt8() ? QUANTISED : SAME;
    try (LoadedGraph shipped = LoadedGraph.loadForComparison(model)) {
      double fidelity = leastCosine(alone, new RewriteCheck(shipped).alone(texts));
      return fidelity >= least
          ? null
          : String.format(
              Locale.ROOT,
              "its vectors and those of the graph as shipped have a cosine of %.5f at least, and"
                  + " %.4f is needed",
              fidelity,
              least);
    }
  }

  private List<float[]> alone(List<long[]> texts) throws OrtException {
    List<float[]> vectors = new ArrayList<>();
    for (long[] text : texts) {
      vectors.addAll(run(List.of(text), text.length));
    }
    return vectors;
  }

  private List<float[]> together(List<long[]> texts, int maxTokens) throws OrtException {
    int longest = texts.stream().mapToInt(text -> text.length).max().orElse(1);
    return run(texts, Math.min(longest + PADDING, maxTokens));
  }

  private List<float[]> run(List<long[]> texts, int width) throws OrtException {
    long[] shape = {texts.size(), width};
    LongBuffer ids = LongBuffer.allocate(texts.size() * width);
    LongBuffer mask = LongBuffer.allocate(texts.size() * width);
    for (int row = 0; row < texts.size(); row++) {
      for (int token = 0; token < texts.get(row).length; token++) {
        ids.put(row * width + token, texts.get(row)[token]);
        mask.put(row * width + token, 1);
      }
    }
    try (OnnxTensor idTensor = OnnxTensor.createTensor(graph.environment(), ids, shape);
        OnnxTensor maskTensor = OnnxTensor.createTensor(graph.environment(), mask, shape);
        OnnxTensor types =
            OnnxTensor.createTensor(
                graph.environment(), LongBuffer.allocate(texts.size() * width), shape)) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      inputs.put(TextColumns.INPUT_IDS, idTensor);
      inputs.put(TextColumns.ATTENTION_MASK, maskTensor);
      if (takesTypes) {
        inputs.put(TextColumns.TOKEN_TYPE_IDS, types);
      }
      try (OrtSession.Result result = graph.session().run(inputs, Set.of(graph.outputName()))) {
        return List.of((float[][]) result.get(0).getValue());
      }
    }
  }

  private static double leastCosine(List<float[]> some, List<float[]> others) {
    double least = 1;
    for (int i = 0; i < some.size(); i++) {
      // A vector that is no number must not be passed over, as Math.min does not.
      least = Math.min(least, cosine(some.get(i), others.get(i)));
    }
    return least;
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return aa == 0 && bb == 0 ? 1 : dot / Math.sqrt(aa * bb);
  }
}
