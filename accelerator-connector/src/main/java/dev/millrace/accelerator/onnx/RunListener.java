package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import java.util.Map;

/** Sees what the runtime is given, just before each run and on its thread. */
interface RunListener {

  RunListener NONE = (inputs, outputs) -> {};

  /**
   * A run begins.
   *
   * @param inputs tensors over the batch's memory, by input name; valid during the call
   * @param outputs tensors over the embedding column's memory, by output name; valid during the
   *     call
   */
  void running(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs);
}
