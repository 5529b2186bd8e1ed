package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.RunMono;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.embedding.ConstantTokens;
import dev.millrace.accelerator.embedding.EmbeddingColumns;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A model in ONNX Runtime, with as many threads as it works on batches at once.
 *
 * <p>It lives by a count of holds: one of whoever opened it, and one of each run from the moment it
 * is asked for until its batch is let go. Whoever gives the last one up unloads the model, so a
 * close never waits and never takes memory from a run.
 */
final class OnnxSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(OnnxSession.class);

  /**
   * What passes between two operators of a small model should fit a core's own cache. Measured:
   * docs/decisions/row-quantisation.md.
   */
  private static final int TOKENS_IN_CACHE = 256;

  /** From here on an int8 row gains nothing by company. */
  private static final int LONG_ROW = 64;

  /** So few batches that they cost nothing, and so many that each caller has rows. */
  private static final int TOKENS_OF_ROWS_ALONE = 1024;

  private final AcceleratorUri uri;
  private final Model model;
  private final SessionOptions options;
  private final int parallelism;
  private final boolean isOnProcessor;
  private final LoadedGraph graph;
  private final Signature signature;
  private final MemoryScope scope;
  private final ConstantTokens zeros;
  private final ConstantTokens ones;
  private final EmbeddingColumns columns;
  private final Lanes lanes;
  private final Workers workers;
  private final AtomicInteger holds = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private OnnxSession(
      AcceleratorUri uri,
      Model model,
      SessionOptions options,
      RunListener listener,
      LoadedGraph graph) {
    this.uri = uri;
    this.model = model;
    this.options = options;
    OnnxTarget target = OnnxTarget.of(uri);
    this.isOnProcessor = target.kind() == OnnxTarget.Kind.CPU;
    Integer callers = target.threads().callers();
    this.parallelism = callers == null ? options.parallelism() : callers;
    this.graph = graph;
    this.signature =
        new Signature(
            graph.graph().inputs().stream()
                .map(
                    name ->
                        new TensorSpec(
                            name, ElementType.INT64, List.of(TensorSpec.FREE, TensorSpec.FREE)))
                .toList(),
            List.of(
                new TensorSpec(
                    model.task().column(),
                    ElementType.FLOAT32,
                    model.task().shape(graph.dimensions()))));
    String name = uri + " " + model.name();
    this.scope = MemoryScope.open("session " + name);
    this.zeros = new ConstantTokens(scope, 0);
    this.ones = new ConstantTokens(scope, 1);
    this.columns = new EmbeddingColumns(scope, model.task().column(), graph.dimensions());
    this.lanes = new Lanes(graph, listener);
    this.workers = new Workers(name, parallelism);
  }

  static OnnxSession open(
      AcceleratorUri uri, Model model, SessionOptions options, RunListener listener) {
    try {
      return new OnnxSession(
          uri, model, options, listener, LoadedGraph.load(model, options, OnnxTarget.of(uri)));
    } catch (OrtException | RuntimeException | LinkageError | OutOfMemoryError failure) {
      throw OnnxErrors.loading("Loading the model '" + model.name() + "' on " + uri, failure);
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
    return graph.graph().digest(model);
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public boolean batchInvariant() {
    return !graph.graph().quantisesByBatch() || runsRowsAlone();
  }

  @Override
  public boolean runsRowsAlone() {
    return graph.graph().quantisesByBatch() && options.batchInvariance() == BatchInvariance.STRICT;
  }

  @Override
  public int parallelism() {
    return parallelism;
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RunMono(this, batch, (own, subscriber) -> new InferRun(this, own, subscriber));
  }

  @Override
  public int suggestedTokens(int width) {
    if (runsRowsAlone()) {
      return TOKENS_OF_ROWS_ALONE;
    }
    if (!isOnProcessor) {
      return InferenceSession.super.suggestedTokens(width);
    }
    return graph.graph().isInt8() && width >= LONG_ROW ? width : TOKENS_IN_CACHE;
  }

  LoadedGraph graph() {
    return graph;
  }

  EmbeddingColumns columns() {
    return columns;
  }

  Lanes lanes() {
    return lanes;
  }

  MemoryScope scope() {
    return scope;
  }

  ConstantTokens zeros() {
    return zeros;
  }

  ConstantTokens ones() {
    return ones;
  }

  Workers workers() {
    return workers;
  }

  /** Takes a hold; false if the session is closed. */
  boolean hold() {
    return !closed.get() && holds.getAndUpdate(held -> held == 0 ? 0 : held + 1) > 0;
  }

  /** Gives a hold up. */
  void release() {
    if (holds.decrementAndGet() == 0) {
      unload();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }

  private void unload() {
    zeros.close();
    ones.close();
    columns.close();
    lanes.close();
    try {
      graph.close();
    } catch (OrtException failure) {
      LOG.warn("{} was not unloaded cleanly.", this, failure);
    }
    scope.close();
    workers.close();
  }

  @Override
  public String toString() {
    return "The session of " + uri + " with the model '" + model.name() + "'";
  }
}
