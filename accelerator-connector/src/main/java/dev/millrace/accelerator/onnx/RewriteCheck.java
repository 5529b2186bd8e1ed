package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.Likeness;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries a rewritten graph on a few fixed texts: each must have the same answer alone and in a
 * padded batch, and one that is near that of the graph as shipped.
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

  /** The same for scores: a text between two labels moves by more than the vector behind it. */
  private static final double BOTH_QUANTISED_SCORES = 0.8;

  private static final double QUANTISED_SCORES = 0.9;

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
    float[][] alone = check.alone(texts);
    Likeness likeness = Likeness.of(model.task());
    double company = likeness.least(alone, check.together(texts, model.text().maxTokens(), alone));
    if (!(company >= SAME)) {
      return String.format(
          Locale.ROOT,
          "a text's answers alone and in a batch have a %s of %.5f, and %.4f is needed",
          name(likeness),
          company,
          SAME);
    }
    double least = least(rewritten.graph(), likeness);
    try (LoadedGraph shipped = LoadedGraph.loadForComparison(model)) {
      double fidelity = likeness.least(alone, new RewriteCheck(shipped).alone(texts));
      return fidelity >= least
          ? null
          : String.format(
              Locale.ROOT,
              "its answers and those of the graph as shipped have a %s of %.5f at least, and"
                  + " %.4f is needed",
              name(likeness),
              fidelity,
              least);
    }
  }

  private static double least(PreparedGraph graph, Likeness likeness) {
    boolean scores = likeness == Likeness.OF_SCORES;
    if (graph.isMadeByRow()) {
      return scores ? BOTH_QUANTISED_SCORES : BOTH_QUANTISED;
    }
    if (graph.isMadeInt8()) {
      return scores ? QUANTISED_SCORES : QUANTISED;
    }
    return SAME;
  }

  private static String name(Likeness likeness) {
    return likeness == Likeness.OF_VECTORS ? "cosine" : "likeness";
  }

  private float[][] alone(List<long[]> texts) throws OrtException {
    float[][] answers = new float[texts.size()][];
    for (int i = 0; i < answers.length; i++) {
      long[] text = texts.get(i);
      answers[i] = run(List.of(text), text.length)[0];
    }
    return answers;
  }

  /** What stands for padding, where each token has numbers, is left out. */
  private float[][] together(List<long[]> texts, int maxTokens, float[][] alone)
      throws OrtException {
    int longest = texts.stream().mapToInt(text -> text.length).max().orElse(1);
    float[][] answers = run(texts, Math.min(longest + PADDING, maxTokens));
    for (int i = 0; i < answers.length; i++) {
      answers[i] = Arrays.copyOf(answers[i], alone[i].length);
    }
    return answers;
  }

  private float[][] run(List<long[]> texts, int width) throws OrtException {
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
        return (float[][]) result.get(0).getValue();
      }
    }
  }
}
