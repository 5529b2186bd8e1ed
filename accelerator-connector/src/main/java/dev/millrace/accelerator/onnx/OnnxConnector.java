package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import java.util.EnumSet;
import java.util.Set;

/**
 * Runs models in this process, with ONNX Runtime: {@code onnx:cpu}, {@code onnx:cuda:N}, {@code
 * onnx:tensorrt:N} and, for the providers of other vendors, {@code onnx:plugin:NAME?library=FILE}.
 */
public final class OnnxConnector implements AcceleratorConnector {

  @Override
  public Set<String> schemes() {
    return Set.of("onnx");
  }

  @Override
  public Set<ModelTask> tasks() {
    return EnumSet.of(
        ModelTask.EMBEDDING,
        ModelTask.CLASSIFICATION,
        ModelTask.TOKEN_CLASSIFICATION,
        ModelTask.RAW);
  }

  @Override
  public void validate(AcceleratorUri uri) {
    OnnxTarget unused = OnnxTarget.of(uri);
  }

  @Override
  public void validate(AcceleratorUri uri, Model model) {
    byte[] unused = model.graph();
  }

  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    return model.task() == ModelTask.RAW ? model.digest() : PreparedGraph.digest(model, options);
  }

  @Override
  public Signature signature(AcceleratorUri uri, Model model, SessionOptions options) {
    return model.task() == ModelTask.RAW
        ? RawGraph.of(model, options).signature()
        : AcceleratorConnector.super.signature(uri, model, options);
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    if (model.task() == ModelTask.RAW) {
      validate(uri);
      return RawSession.open(uri, model, options);
    }
    return open(uri, model, options, RunListener.NONE);
  }

  @Override
  public void release() {
    RuntimeEnvironment.release();
  }

  /** For tests, which see where each run's tensors lie. */
  OnnxSession open(AcceleratorUri uri, Model model, SessionOptions options, RunListener listener) {
    validate(uri);
    return OnnxSession.open(uri, model, options, listener);
  }
}
