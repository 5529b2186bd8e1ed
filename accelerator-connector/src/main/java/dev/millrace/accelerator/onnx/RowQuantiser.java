package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes matrix products of int8 whose activations are quantised row by row, each with a scale of
 * its own, so that no row's answer depends on another.
 *
 * <p>For activations {@code [..., K]}: {@code scale = max(|row|) / 127}, {@code q = round(row /
 * scale) + 128} as uint8. The product's columns get the weights' scales in its own last step, and
 * its rows get theirs in one multiplication. Unsigned by signed is the form that x86 processors
 * have instructions for.
 *
 * <p>What comes from Gelu has next to nothing below zero, so its zero point lies near the end of
 * the range: {@code scale = max(max(row) / 231, 0.171 / 24)}, {@code q = round(row / scale) + 24}.
 */
final class RowQuantiser {

  private static final int MOST = 255;
  private static final int ZERO_POINT = 128;
  private static final int LEVELS = MOST - ZERO_POINT;

  /**
   * The nearer to 0, the finer are rows with large values, and the coarser those with small ones
   * only. Measured: docs/decisions/row-quantisation.md.
   */
  private static final int ZERO_POINT_AFTER_GELU = 24;

  private static final int LEVELS_AFTER_GELU = MOST - ZERO_POINT_AFTER_GELU;

  /** A row of zeros has a scale, too, and any represents it exactly. */
  private static final float TINY = 1e-30f;

  /** Gelu's least value is -0.17; a range that is a hair wider costs nothing. */
  private static final float BELOW_GELU = 0.171f;

  private static final String CHANNELS = "millrace/channels/";

  private record Quantised(String values, String scales, int zeroPoint) {}

  private final GraphEditor editor;
  private final Map<String, float[]> factors;

  /**
   * @param factors by the name of activations, what to multiply their channels by before they are
   *     quantised: see {@link ChannelScales}. Their weights are given already divided by them
   */
  RowQuantiser(GraphEditor editor, Map<String, float[]> factors) {
    this.editor = editor;
    this.factors = factors;
  }

  /** Several products often read the same activations. */
  private final Map<String, Quantised> quantised = new HashMap<>();

  /**
   * Weights of int8 or uint8, {@code [K, N]}.
   *
   * @param scale one, or one for each column
   * @param zeroPoint null if it is 0
   */
  record QuantisedWeights(String values, String scale, @Nullable String zeroPoint, long depth) {}

  /** Appends {@code output = activations · weights}. */
  void product(NodeList nodes, String activations, QuantisedWeights weights, String output) {
    Quantised rows =
        quantised.computeIfAbsent(
            activations, x -> quantise(nodes, evened(nodes, x), weights.depth()));
    List<String> inputs =
        new ArrayList<>(
            List.of(
                rows.values(),
                weights.values(),
                nodes.scalar(1),
                weights.scale(),
                nodes.byteScalar(rows.zeroPoint())));
    if (weights.zeroPoint() != null) {
      inputs.add(weights.zeroPoint());
    }
    String product = nodes.operator(NodeList.MICROSOFT, "MatMulIntegerToFloat", inputs);
    nodes.multiplyAs(output, product, rows.scales());
  }

  private String evened(NodeList nodes, String activations) {
    float[] byChannel = factors.get(activations);
    if (byChannel == null) {
      return activations;
    }
    String name = CHANNELS + activations;
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(NodeList.FLOAT)
            .addDims(byChannel.length)
            .setRawData(Weights.bytes(byChannel))
            .build());
    return nodes.multiply(activations, name);
  }

  private Quantised quantise(NodeList nodes, String activations, long depth) {
    boolean afterGelu = Gelu.gives(editor, activations);
    int zeroPoint = afterGelu ? ZERO_POINT_AFTER_GELU : ZERO_POINT;
    String top = nodes.max(activations, -1, true);
    String scales =
        afterGelu
            ? nodes.atLeast(
                nodes.multiply(top, 1f / LEVELS_AFTER_GELU), BELOW_GELU / ZERO_POINT_AFTER_GELU)
            : nodes.multiply(
                nodes.greatest(
                    top, nodes.negative(nodes.least(activations, -1, true)), nodes.scalar(TINY)),
                1f / LEVELS);
    // The operator knows scales along one axis only, so all the rows are laid along one. The
    // standard one has the axis from opset 13 on; the runtime's own has it in every opset.
    String flatScales = nodes.reshape(scales, -1);
    String values =
        nodes.operator(
            NodeList.MICROSOFT,
            "QuantizeLinear",
            List.of(
                nodes.reshape(activations, -1, depth),
                flatScales,
                nodes.filledBytes(nodes.shape(flatScales), zeroPoint)),
            NodeList.integer("axis", 0));
    return new Quantised(nodes.reshape(values, nodes.shape(activations)), scales, zeroPoint);
  }
}
