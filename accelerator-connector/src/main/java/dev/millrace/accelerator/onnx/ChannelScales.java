package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes channels that stand out smaller before a row is quantised: one channel that is ten times
 * the others leaves them a tenth of the levels. The weights that read it are made larger by the
 * same factor. Factors are powers of two, so both are exact.
 */
final class ChannelScales {

  /** How many times the median a channel may be. */
  private static final float ALLOWED = 2;

  /** A pass over the activations pays from here on. */
  private static final float WORTH_A_PASS = 1f / 4;

  private ChannelScales() {}

  /** A product of activations and constant weights, by their names. */
  record Product(String activations, String weights) {}

  /** Measures how large values of a graph get, channel by channel. */
  @FunctionalInterface
  interface Ranges {

    /** What is measured nowhere: for who wants to know only what would be done. */
    Ranges UNKNOWN = (graph, values, model) -> Map.of();

    Map<String, float[]> of(ModelProto.Builder graph, Set<String> values, Model model);
  }

  /**
   * The factors for all activations of a graph in which channels stand out.
   *
   * <p>Not after Gelu: there it would cost a pass over the widest values of all, and gain little.
   * Nor where weights are read with several activations, as models do that share layers: each would
   * need weights of its own.
   *
   * @return by the name of the activations
   */
  static Map<String, float[]> of(
      ModelProto.Builder graph, List<Product> products, Ranges ranges, Model model) {
    GraphEditor editor = new GraphEditor(graph);
    Map<String, Set<String>> readers = new HashMap<>();
    for (Product product : products) {
      readers
          .computeIfAbsent(product.weights(), unused -> new HashSet<>())
          .add(product.activations());
    }
    Set<String> values =
        products.stream()
            .map(Product::activations)
            .filter(value -> !Gelu.gives(editor, value))
            .collect(Collectors.toCollection(TreeSet::new));
    readers.values().stream().filter(several -> several.size() > 1).forEach(values::removeAll);
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, float[]> factors = new HashMap<>();
    ranges
        .of(graph, values, model)
        .forEach(
            (value, range) -> {
              float[] ofValue = of(range);
              if (ofValue != null) {
                factors.put(value, ofValue);
              }
            });
    return factors;
  }

  static boolean changesNothing(float[] factors) {
    for (float factor : factors) {
      if (factor != 1) {
        return false;
      }
    }
    return true;
  }

  /**
   * What to multiply each channel by.
   *
   * @param ranges the greatest magnitude of each channel
   * @return factors of at most 1; null if no channel stands out by much
   */
  static float @Nullable [] of(float[] ranges) {
    float[] sorted = ranges.clone();
    Arrays.sort(sorted);
    float allowed = ALLOWED * sorted[sorted.length / 2];
    if (!(allowed > 0) || !Float.isFinite(sorted[sorted.length - 1])) {
      return null;
    }
    float[] factors = new float[ranges.length];
    float least = 1;
    for (int channel = 0; channel < factors.length; channel++) {
      double halvings = Math.rint(Math.log(ranges[channel] / allowed) / Math.log(2));
      factors[channel] = halvings > 0 ? (float) Math.pow(2, -halvings) : 1;
      least = Math.min(least, factors[channel]);
    }
    return least <= WORTH_A_PASS ? factors : null;
  }
}
