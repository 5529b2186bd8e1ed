package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.RowQuantiser.QuantisedWeights;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import org.jspecify.annotations.Nullable;

/**
 * Makes a graph that quantises its activations by batch quantise them by row. The weights stay.
 *
 * <p>What it knows is what ONNX Runtime's own dynamic quantisation writes: {@code
 * DynamicQuantizeLinear}, {@code MatMulInteger}, {@code Cast}, and a {@code Mul} by the product of
 * both scales.
 */
final class QuantisedByRow implements GraphRewrite {

  @Override
  public String identity() {
    return "quantised-by-row 1";
  }

  @Override
  public boolean apply(ModelProto.Builder model, Model named) {
    GraphEditor editor = new GraphEditor(model);
    RowQuantiser quantiser = new RowQuantiser(editor);
    return editor.apply(
            "millrace/by-row/",
            (node, nodes) -> {
              Product product = match(editor, node);
              if (product == null) {
                return false;
              }
              quantiser.product(nodes, product.activations(), product.weights(), node.getOutput(0));
              return true;
            })
        > 0;
  }

  private record Product(String activations, QuantisedWeights weights) {}

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
            values.getDims(0)));
  }
}
