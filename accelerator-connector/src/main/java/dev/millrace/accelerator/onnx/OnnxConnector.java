package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import java.util.Set;

/**
 * Runs models in this process, with ONNX Runtime. Its one device is {@code onnx:cpu}, with the
 * parameters {@code intra-op-threads}, {@code callers} and {@code spinning}.
 */
public final class OnnxConnector implements AcceleratorConnector {

  private static final String CPU = "cpu";

  @Override
  public Set<String> schemes() {
    return Set.of("onnx");
  }

  @Override
  public void validate(AcceleratorUri uri) {
    if (!uri.target().equals(CPU)) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The accelerator '" + uri + "' cannot be reached: this build reaches onnx:cpu.");
    }
    Threads unused = Threads.of(uri);
  }

  @Override
  public void validate(AcceleratorUri uri, Model model) {
    byte[] unused = model.graph();
  }

  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    return PreparedGraph.digest(model, options);
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    return open(uri, model, options, RunListener.NONE);
  }

  /** For tests, which see where each run's tensors lie. */
  OnnxSession open(AcceleratorUri uri, Model model, SessionOptions options, RunListener listener) {
    validate(uri);
    return OnnxSession.open(uri, model, options, listener);
  }
}
