package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.embedding.ConstantTokens;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.InvarianceTrial;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A model at a server that speaks the Open Inference Protocol. */
final class OipSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(OipSession.class);

  private final AcceleratorUri uri;
  private final Model model;
  private final OipServer server;
  private final OipModel remote;
  private final int dimensions;
  private final String digest;
  private final MemoryScope scope;
  private final ConstantTokens zeros;
  private final EmbeddingColumns columns;
  private final Places places;
  private final Holds life;
  private @Nullable SharedMemory shared;
  private boolean invariant = true;
  private boolean rowsAlone;

  private OipSession(
      AcceleratorUri uri, Model model, OipServer server, OipModel remote, int dimensions) {
    this.uri = uri;
    this.model = model;
    this.server = server;
    this.remote = remote;
    this.dimensions = dimensions;
    this.digest = server.digest(remote);
    this.scope = MemoryScope.open("session " + uri + " " + model.name());
    this.zeros = new ConstantTokens(scope, 0);
    this.columns = new EmbeddingColumns(scope, model.task().column(), dimensions);
    this.places = new Places(server.settings().inFlight());
    this.life = new Holds(this::free);
  }

  static OipSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    OipServer server = new OipServer(uri, model, options);
    OipSession session = null;
    try {
      OipModel remote = server.examine();
      int dimensions = remote.output().dimensions();
      if (dimensions < 0) {
        dimensions = server.measureDimensions(remote);
      }
      model.requireLabels(dimensions);
      session = new OipSession(uri, model, server, remote, dimensions);
      session.shared = server.shareMemory();
      session.tryInvariance(options);
      return session;
    } catch (RuntimeException failure) {
      if (session == null) {
        server.close();
      } else {
        session.close();
      }
      throw failure;
    }
  }

  private void tryInvariance(SessionOptions options) {
    invariant = InvarianceTrial.passes(this, server.deadline());
    if (!invariant) {
      rowsAlone = options.batchInvariance() == BatchInvariance.STRICT;
      LOG.warn(
          "{}: a row's answer depends on the rows beside it, as with graphs that quantise by batch."
              + " {}",
          this,
          rowsAlone
              ? "So each row is a request of its own, which is slow: serve a model that does not,"
                  + " or set batch-invariance to relaxed."
              : "That was allowed.");
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
    return new Signature(
        remote.inputs().stream()
            .map(
                input ->
                    new TensorSpec(
                        input.name(), ElementType.INT64, List.of(TensorSpec.FREE, TensorSpec.FREE)))
            .toList(),
        List.of(
            new TensorSpec(
                model.task().column(), ElementType.FLOAT32, model.task().shape(dimensions))));
  }

  @Override
  public boolean batchInvariant() {
    return invariant || rowsAlone;
  }

  @Override
  public boolean runsRowsAlone() {
    return rowsAlone;
  }

  @Override
  public int parallelism() {
    return server.settings().inFlight();
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RemoteMono(this, life, places, batch, own -> new OipWork(this, own));
  }

  OipServer server() {
    return server;
  }

  OipModel remote() {
    return remote;
  }

  int dimensions() {
    return dimensions;
  }

  /** How many numbers the answer has for a row of so many tokens. */
  int numbers(int tokens) {
    return model.task() == ModelTask.TOKEN_CLASSIFICATION
        ? Math.multiplyExact(tokens, dimensions)
        : dimensions;
  }

  MemoryScope scope() {
    return scope;
  }

  ConstantTokens zeros() {
    return zeros;
  }

  EmbeddingColumns columns() {
    return columns;
  }

  /** Null if tensors travel in the requests. */
  @Nullable SharedMemory shared() {
    return shared;
  }

  @Override
  public void close() {
    life.close();
  }

  private void free() {
    zeros.close();
    columns.close();
    server.close(shared);
    scope.close();
  }

  @Override
  public String toString() {
    return "The session of " + server.describe();
  }
}
