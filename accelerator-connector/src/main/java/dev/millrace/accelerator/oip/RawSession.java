package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import reactor.core.publisher.Mono;

/** A model at a server that is used as it is: columns in by name, columns out by name. */
final class RawSession implements InferenceSession {

  private final AcceleratorUri uri;
  private final Model model;
  private final OipServer server;
  private final Signature signature;
  private final String digest;
  private final MemoryScope scope;
  private final Places places;
  private final Holds life = new Holds(this::free);

  private RawSession(
      AcceleratorUri uri, Model model, OipServer server, Signature signature, String digest) {
    this.uri = uri;
    this.model = model;
    this.server = server;
    this.signature = signature;
    this.digest = digest;
    this.scope = MemoryScope.open("session " + uri + " " + model.name());
    this.places = new Places(server.settings().inFlight());
  }

  static RawSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    OipServer server = new OipServer(uri, model, options);
    try {
      var metadata = server.metadata();
      return new RawSession(
          uri,
          model,
          server,
          RawModel.signature(server.describe(), metadata),
          server.digest(metadata));
    } catch (RuntimeException failure) {
      server.close();
      throw failure;
    }
  }

  @Override
  public AcceleratorUri accelerator() {
    return uri;
  }

  @Override
  public Model model() {
    return model;
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  /** As far as anybody can tell of a model that is not known. */
  @Override
  public boolean batchInvariant() {
    return true;
  }

  @Override
  public boolean runsRowsAlone() {
    return signature.takesOneRow();
  }

  @Override
  public int parallelism() {
    return server.settings().inFlight();
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RemoteMono(this, life, places, batch, own -> new RawWork(this, own));
  }

  OipServer server() {
    return server;
  }

  MemoryScope scope() {
    return scope;
  }

  @Override
  public void close() {
    life.close();
  }

  private void free() {
    server.close();
    scope.close();
  }

  @Override
  public String toString() {
    return "The session of " + server.describe();
  }
}
