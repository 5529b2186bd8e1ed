package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import java.util.Set;

/**
 * An accelerator that costs nothing, {@code free:host}: what a job does beside it is all the host's
 * own. The benchmark alone has it on its class path.
 */
public final class FreeConnector implements AcceleratorConnector {

  static final String URI = "free:host";

  @Override
  public Set<String> schemes() {
    return Set.of("free");
  }

  @Override
  public void validate(AcceleratorUri uri) {}

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    return new FreeSession(uri, model);
  }
}
