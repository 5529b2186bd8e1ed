package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;

/** Gives the graphs that {@code onnx:cpu} runs, for measurements of the runtime alone. */
public final class OnnxGraphs {

  private OnnxGraphs() {}

  /**
   * A model's graph as a session with these options gives it to the runtime, serialised. Its one
   * output is float {@code [rows, dimensions]}. It has not been tried on texts, as a session does.
   *
   * @throws AcceleratorException of category MODEL or CONFIGURATION if the model cannot run so
   */
  public static byte[] prepare(Model model, SessionOptions options) {
    return PreparedGraph.of(model, options).bytes();
  }
}
