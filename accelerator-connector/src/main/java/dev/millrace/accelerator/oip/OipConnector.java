package dev.millrace.accelerator.oip;

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
 * Reaches servers that speak the Open Inference Protocol v2 over gRPC: {@code
 * oip+grpc://HOST:PORT}, and {@code oip+grpcs://HOST:PORT} with TLS.
 */
public final class OipConnector implements AcceleratorConnector {

  @Override
  public Set<String> schemes() {
    return Set.of(OipSettings.PLAIN, OipSettings.ENCRYPTED);
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
    OipSettings unused = OipSettings.of(uri);
  }

  /** Asks the server what its model is. */
  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    try (OipServer server = new OipServer(uri, model, options)) {
      return model.task() == ModelTask.RAW
          ? server.digest(server.metadata())
          : server.digest(server.examine());
    }
  }

  /** Asks the server what its model is. */
  @Override
  public Signature signature(AcceleratorUri uri, Model model, SessionOptions options) {
    if (model.task() != ModelTask.RAW) {
      return AcceleratorConnector.super.signature(uri, model, options);
    }
    try (OipServer server = new OipServer(uri, model, options)) {
      return RawModel.signature(server.describe(), server.metadata());
    }
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    return model.task() == ModelTask.RAW
        ? RawSession.open(uri, model, options)
        : OipSession.open(uri, model, options);
  }
}
