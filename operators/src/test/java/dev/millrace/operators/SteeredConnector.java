package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import java.util.Set;

/** Accelerators {@code steered:NAME} whose answers a test decides. See {@link Steering}. */
public final class SteeredConnector implements AcceleratorConnector {

  @Override
  public Set<String> schemes() {
    return Set.of("steered");
  }

  @Override
  public void validate(AcceleratorUri uri) {}

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    return new SteeredSession(uri, model, Steering.named(uri.target()));
  }
}
