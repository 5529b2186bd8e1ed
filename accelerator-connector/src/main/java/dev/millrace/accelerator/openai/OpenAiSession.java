package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.InvarianceTrial;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A model that gives numbers for each row, at a server with OpenAI's routes. */
final class OpenAiSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(OpenAiSession.class);

  private final AcceleratorUri uri;
  private final Model model;
  private final OpenAiServer server;
  private final RowRoutes routes;
  private final String digest;
  private final MemoryScope scope;
  private final EmbeddingColumns columns;
  private final Places places;
  private final Holds life;
  private final LongAdder tokens = new LongAdder();
  private boolean invariant = true;

  private OpenAiSession(
      AcceleratorUri uri, Model model, OpenAiServer server, String digest, RowRoutes routes) {
    this.uri = uri;
    this.model = model;
    this.server = server;
    this.routes = routes;
    this.digest = digest;
    this.scope = MemoryScope.open("session " + uri + " " + model.name());
    this.columns = new EmbeddingColumns(scope, model.task().column(), routes.numbers());
    this.places = new Places(server.inFlight());
    this.life = new Holds(this::free);
  }

  static OpenAiSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    OpenAiServer server = new OpenAiServer(uri, model, options);
    OpenAiSession session = null;
    try {
      ServedModel served = ServedModel.of(server);
      RowRoutes routes =
          model.task() == ModelTask.EMBEDDING
              ? RowRoutes.embedding(server, served)
              : ClassifierRoutes.of(server, served);
      session = new OpenAiSession(uri, model, server, served.digest(), routes);
      session.tryInvariance();
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

  private void tryInvariance() {
    invariant = InvarianceTrial.passes(this, server.deadline());
    if (!invariant) {
      LOG.warn(
          "{}: a row's answer depends on the rows beside it. The protocol leaves it to the server"
              + " which rows it runs together, so that cannot be helped from here.",
          this);
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
    List<TensorSpec> inputs = new ArrayList<>();
    inputs.add(
        new TensorSpec(
            TextColumns.INPUT_IDS, ElementType.INT64, List.of(TensorSpec.FREE, TensorSpec.FREE)));
    if (readsTexts()) {
      inputs.add(new TensorSpec(TextColumns.TEXT, ElementType.UTF8, List.of(TensorSpec.FREE)));
    }
    if (routes.pairs() != null) {
      inputs.add(new TensorSpec(TextColumns.TEXT_PAIR, ElementType.UTF8, List.of(TensorSpec.FREE)));
    }
    return new Signature(
        inputs,
        List.of(
            new TensorSpec(
                model.task().column(), ElementType.FLOAT32, model.task().shape(routes.numbers()))));
  }

  @Override
  public boolean readsTexts() {
    return routes.pairs() != null || server.settings().sendsTexts();
  }

  @Override
  public boolean batchInvariant() {
    return invariant;
  }

  @Override
  public boolean runsRowsAlone() {
    return false;
  }

  @Override
  public int parallelism() {
    return server.inFlight();
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RemoteMono(this, life, places, batch, own -> new OpenAiWork(this, own));
  }

  OpenAiServer server() {
    return server;
  }

  RowRoutes routes() {
    return routes;
  }

  /** Numbers that each row gets, or each of its tokens where the model labels tokens. */
  int dimensions() {
    return routes.numbers();
  }

  /** Numbers in the answer for a row of so many tokens. */
  int numbers(int tokens) {
    return model.task() == ModelTask.TOKEN_CLASSIFICATION
        ? Math.multiplyExact(tokens, dimensions())
        : dimensions();
  }

  MemoryScope scope() {
    return scope;
  }

  EmbeddingColumns columns() {
    return columns;
  }

  /** Counts tokens that the server says it has read. */
  void count(long more) {
    tokens.add(more);
  }

  @Override
  public void close() {
    life.close();
  }

  private void free() {
    LOG.info("{} has read {} tokens by its own count.", this, tokens);
    columns.close();
    server.close();
    scope.close();
  }

  @Override
  public String toString() {
    return "The session of " + server.describe();
  }
}
