package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.RowQuantiser.QuantisedWeights;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes a graph that quantises its activations by batch quantise them by row. The weights stay, but
 * for those that read channels which stand out, where their 8 bits have room: see {@link
 * ChannelScales}.
 *
 * <p>What it knows is what ONNX Runtime's own dynamic quantisation writes: {@code
 * DynamicQuantizeLinear}, {@code MatMulInteger}, {@code Cast}, and a {@code Mul} by the product of
 * both scales.
 */
final class QuantisedByRow implements GraphRewrite {

  private static final String PREFIX = "millrace/by-row/";

  private final ChannelScales.Ranges ranges;

  /**
   * @param ranges how to find the channels that stand out
   */
  QuantisedByRow(ChannelScales.Ranges ranges) {
    this.ranges = ranges;
  }

  @Override
  public String identity() {
    return "quantised-by-row 2";
  }

  @Override
  public boolean apply(ModelProto.Builder model, Model named) {
    GraphEditor editor = new GraphEditor(model);
    Map<String, float[]> factors = factors(model, named, editor);
    RowQuantiser quantiser = new RowQuantiser(editor, factors);
    return editor.apply(
            PREFIX,
            (node, nodes) -> {
              Product product = match(editor, node);
              if (product == null) {
                return false;
              }
              QuantisedWeights weights = product.weights();
              float[] ofChannels = factors.get(product.activations());
              EvenedWeights raised = ofChannels == null ? null : product.evened(editor);
              if (ofChannels != null && raised != null) {
                String name = PREFIX + product.output() + "/weights";
                editor.addWeight(raised.dividedBy(ofChannels, name));
                weights =
                    new QuantisedWeights(
                        name, weights.scale(), weights.zeroPoint(), weights.depth());
              }
              quantiser.product(nodes, product.activations(), weights, product.output());
              return true;
            })
        > 0;
  }

  private Map<String, float[]> factors(ModelProto.Builder model, Model named, GraphEditor editor) {
    List<Product> products =
        model.getGraph().getNodeList().stream()
            .map(node -> match(editor, node))
            .filter(Objects::nonNull)
            .toList();
    Map<String, float[]> factors =
        ChannelScales.of(
            model,
            products.stream()
                .map(
                    product ->
                        new ChannelScales.Product(
                            product.activations(), product.weights().values()))
                .toList(),
            ranges,
            named);
    for (Product product : products) {
      float[] ofChannels = factors.get(product.activations());
      if (ofChannels != null) {
        EvenedWeights weights = product.evened(editor);
        if (weights == null) {
          factors.remove(product.activations());
        } else {
          weights.limit(ofChannels);
        }
      }
    }
    factors.values().removeIf(ChannelScales::changesNothing);
    return factors;
  }

  private record Product(String activations, QuantisedWeights weights, String output) {

    /** Its weights, to be made larger; null if they are kept in a form that cannot be read. */
    @Nullable EvenedWeights evened(GraphEditor editor) {
      TensorProto values = editor.constant(weights.values());
      String zeroPoint = weights.zeroPoint();
      return values == null
          ? null
          : EvenedWeights.of(values, zeroPoint == null ? null : editor.constant(zeroPoint));
    }
  }

  private static @Nullable Product match(GraphEditor editor, NodeProto scaled) {
    if (!scaled.getOpType().equals("Mul")) {
      return null;
    }
    NodeProto cast = editor.eitherProducer(scaled, "Cast");
    NodeProto product = cast == null ? null : editor.producer(cast.getInput(0), "MatMulInteger");
    NodeProto scales =
        cast == null ? null : editor.producer(editor.otherInput(scaled, cast), "Mul");
    if (product == null || scales == null || product.getInputCount() < 3) {
      return null;
    }
    NodeProto quantised = editor.producer(product.getInput(0), "DynamicQuantizeLinear");
    if (quantised == null
        || !product.getInput(2).equals(quantised.getOutput(2))
        || !scales.getInputList().contains(quantised.getOutput(1))) {
      return null;
    }
    String scale = editor.otherInput(scales, quantised);
    TensorProto values = editor.constant(product.getInput(1));
    if (values == null || values.getDimsCount() != 2 || editor.constant(scale) == null) {
      return null;
    }
    String zeroPoint = product.getInputCount() > 3 ? product.getInput(3) : "";
    TensorProto zero = editor.constant(zeroPoint);
    if (!zeroPoint.isEmpty() && zero == null) {
      return null;
    }
    return new Product(
        quantised.getInput(0),
        new QuantisedWeights(
            product.getInput(1),
            scale,
            zero == null || Weights.isZero(zero) ? null : zeroPoint,
            values.getDims(0)),
        scaled.getOutput(0));
  }
}
