package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import dev.millrace.accelerator.embedding.TokenBatch;
import dev.millrace.accelerator.embedding.TokenRows;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.InvarianceTrial;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A model that embeds, at a server with OpenAI's routes. */
final class OpenAiSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(OpenAiSession.class);

  private final AcceleratorUri uri;
  private final Model model;
  private final OpenAiServer server;
  private final int dimensions;
  private final String digest;
  private final boolean base64;
  private final MemoryScope scope;
  private final EmbeddingColumns columns;
  private final Places places;
  private final Holds life;
  private final LongAdder tokens = new LongAdder();
  private boolean invariant = true;

  private OpenAiSession(
      AcceleratorUri uri,
      Model model,
      OpenAiServer server,
      String digest,
      boolean base64,
      int dimensions) {
    this.uri = uri;
    this.model = model;
    this.server = server;
    this.dimensions = dimensions;
    this.digest = digest;
    this.base64 = base64;
    this.scope = MemoryScope.open("session " + uri + " " + model.name());
    this.columns = new EmbeddingColumns(scope, dimensions);
    this.places = new Places(server.inFlight());
    this.life = new Holds(this::free);
  }

  static OpenAiSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    OpenAiServer server = new OpenAiServer(uri, model, options);
    OpenAiSession session = null;
    try {
      String digest = ServedModel.digest(server);
      session = greet(uri, model, server, digest);
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

  /** Asks for vectors in base64, and where the server refuses that, as numbers. */
  private static OpenAiSession greet(
      AcceleratorUri uri, Model model, OpenAiServer server, String digest) {
    try {
      return new OpenAiSession(uri, model, server, digest, true, measureDimensions(server, true));
    } catch (AcceleratorException refused) {
      if (refused.category() != Category.INPUT) {
        throw refused;
      }
      return new OpenAiSession(uri, model, server, digest, false, measureDimensions(server, false));
    }
  }

  /** A text of two tokens tells how many dimensions a vector has. */
  private static int measureDimensions(OpenAiServer server, boolean base64) {
    AtomicInteger measured = new AtomicInteger();
    try (MemoryScope scope = MemoryScope.open("first text of " + server.describe());
        ArrowBatch batch = TokenRows.of(scope, new long[] {1, 2})) {
      Object unused =
          server
              .postFirst(
                  "/embeddings",
                  () ->
                      EmbeddingQuestion.ofTokens(
                          server.modelName(),
                          base64,
                          TokenBatch.of(batch),
                          PooledByteBufAllocator.DEFAULT),
                  bytes -> {
                    new EmbeddingReply((index, vector) -> measured.set(vector.count())).read(bytes);
                    return true;
                  })
              .block();
    } catch (RuntimeException thrown) {
      throw server.failure(server.describe() + " on a first text", thrown);
    }
    if (measured.get() == 0) {
      throw new AcceleratorException(
          Category.OUTPUT, server.describe() + " answered a first text with no vector.");
    }
    return measured.get();
  }

  private void tryInvariance() {
    invariant = InvarianceTrial.passes(this, server.deadline());
    if (!invariant) {
      LOG.warn(
          "{}: a row's vector depends on the rows beside it. The protocol leaves it to the server"
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
    return new Signature(
        List.of(
            new TensorSpec(
                TextColumns.INPUT_IDS,
                ElementType.INT64,
                List.of(TensorSpec.FREE, TensorSpec.FREE))),
        List.of(
            new TensorSpec(
                TextColumns.EMBEDDING,
                ElementType.FLOAT32,
                List.of(TensorSpec.FREE, (long) dimensions))));
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

  /** Whether the server writes vectors in base64. */
  boolean base64() {
    return base64;
  }

  int dimensions() {
    return dimensions;
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
