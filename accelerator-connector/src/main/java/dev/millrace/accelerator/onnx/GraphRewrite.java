package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.proto.ModelProto;

/** One change to a graph, made in memory while it is loaded. */
interface GraphRewrite {

  /**
   * Name and version, for the digest of what runs. Raise the version when the same graph comes out
   * with other numbers.
   */
  String identity();

  /**
   * Changes {@code graph} where it has something to change.
   *
   * @return whether it changed something
   * @throws dev.millrace.accelerator.AcceleratorException of category MODEL if the graph is not
   *     what the change needs
   */
  boolean apply(ModelProto.Builder graph, Model model);
}
