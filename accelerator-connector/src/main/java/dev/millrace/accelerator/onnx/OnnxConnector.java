package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import java.util.Set;

/** Runs models in this process, with ONNX Runtime. Its one device is {@code onnx:cpu}. */
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
    if (!uri.parameters().isEmpty()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The accelerator '"
              + uri
              + "' has no parameter "
              + String.join(", ", uri.parameters().keySet().stream().sorted().toList())
              + ". It takes none: write onnx:cpu.");
    }
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
