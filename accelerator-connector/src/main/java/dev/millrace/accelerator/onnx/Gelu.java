package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.NodeProto;

/** Recognises the activation function Gelu, as an operator or written out with {@code Erf}. */
final class Gelu {

  private Gelu() {}

  /** Whether a value comes from Gelu, and so has no element below -0.17. */
  static boolean gives(GraphEditor editor, String value) {
    if (editor.producer(value, "Gelu") != null) {
      return true;
    }
    // x · (erf(x / √2) + 1) · ½, in the order in which PyTorch's exporter multiplies.
    NodeProto halved = editor.producer(value, "Mul");
    NodeProto product = halved == null ? null : editor.eitherProducer(halved, "Mul");
    if (halved == null
        || product == null
        || editor.scalar(editor.otherInput(halved, product)) != 0.5f) {
      return false;
    }
    return isProduct(editor, product.getInput(0), product.getInput(1))
        || isProduct(editor, product.getInput(1), product.getInput(0));
  }

  private static boolean isProduct(GraphEditor editor, String x, String erfPlusOne) {
    NodeProto sum = editor.producer(erfPlusOne, "Add");
    NodeProto erf = sum == null ? null : editor.eitherProducer(sum, "Erf");
    NodeProto argument = erf == null ? null : editor.producer(erf.getInput(0), "Div");
    return sum != null
        && erf != null
        && argument != null
        && editor.scalar(editor.otherInput(sum, erf)) == 1
        && argument.getInput(0).equals(x)
        && Math.abs(editor.scalar(argument.getInput(1)) - Math.sqrt(2)) < 1e-4;
  }
}
