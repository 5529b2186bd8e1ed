package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.proto.ModelProto;

/** One change to a graph, made in memory while it is loaded. */
interface GraphRewrite {

  /**
   * Changes {@code graph} where it has something to change.
   *
   * @throws dev.millrace.accelerator.AcceleratorException of category MODEL if the graph is not
   *     what the change needs
   */
  void apply(ModelProto.Builder graph, Model model);
}
