package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import dev.millrace.accelerator.tensor.TensorColumns;
import dev.millrace.accelerator.tensor.TensorPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A graph in ONNX Runtime that is used as it is: columns in by name, columns out by name. */
final class RawSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(RawSession.class);

  private final AcceleratorUri uri;
  private final Model model;
  private final RawGraph graph;
  private final Set<String> outputNames;
  private final boolean rowsAlone;
  private final boolean invariant;
  private final int parallelism;
  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final MemoryScope scope;
  private final Workers workers;
  private final Places places;
  private final Holds life = new Holds(this::unload);

  private RawSession(
      AcceleratorUri uri,
      Model model,
      RawGraph graph,
      SessionOptions wanted,
      OrtEnvironment environment,
      OrtSession.SessionOptions options,
      OrtSession session) {
    this.uri = uri;
    this.model = model;
    this.graph = graph;
    this.outputNames =
        graph.signature().outputs().stream().map(TensorSpec::name).collect(Collectors.toSet());
    boolean strict = wanted.batchInvariance() == BatchInvariance.STRICT;
    this.rowsAlone = (graph.quantisesByBatch() && strict) || graph.signature().takesOneRow();
    this.invariant = rowsAlone || !graph.quantisesByBatch();
    Integer callers = OnnxTarget.of(uri).threads().callers();
    this.parallelism = callers == null ? wanted.parallelism() : callers;
    this.environment = environment;
    this.options = options;
    this.session = session;
    String name = uri + " " + model.name();
    this.scope = MemoryScope.open("session " + name);
    this.workers = new Workers(name, parallelism);
    this.places = new Places(parallelism);
  }

  static RawSession open(AcceleratorUri uri, Model model, SessionOptions wanted) {
    RawGraph graph = RawGraph.of(model, wanted);
    try {
      OrtSession.SessionOptions options = LoadedGraph.options(model.folder(), OnnxTarget.of(uri));
      OrtEnvironment environment = RuntimeEnvironment.enter();
      try {
        OrtSession session = environment.createSession(model.graph(), options);
        return new RawSession(uri, model, graph, wanted, environment, options, session);
      } catch (OrtException | RuntimeException failure) {
        options.close();
        RuntimeEnvironment.leave();
        throw failure;
      }
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
  public Signature signature() {
    return graph.signature();
  }

  @Override
  public boolean batchInvariant() {
    return invariant;
  }

  @Override
  public boolean runsRowsAlone() {
    return rowsAlone;
  }

  @Override
  public int parallelism() {
    return parallelism;
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RemoteMono(this, life, places, batch, own -> new RawWork(this, own));
  }

  Workers workers() {
    return workers;
  }

  /** Runs a batch on the calling thread. What comes out belongs to the caller. */
  ArrowBatch run(ArrowBatch batch) {
    try {
      List<List<TensorPart>> parts = new ArrayList<>();
      graph.signature().outputs().forEach(output -> parts.add(new ArrayList<>()));
      int step = rowsAlone ? 1 : Math.max(1, batch.rowCount());
      for (int from = 0; from < batch.rowCount(); from += step) {
        runRows(batch, from, step, parts);
      }
      return answer(batch, parts);
    } catch (OrtException | RuntimeException | OutOfMemoryError failure) {
      throw OnnxErrors.running(
          uri + " with the model '" + model.name() + "' on " + batch.rowCount() + " rows", failure);
    }
  }

  private void runRows(ArrowBatch batch, int from, int rows, List<List<TensorPart>> parts)
      throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      for (TensorSpec spec : graph.signature().inputs()) {
        inputs.put(spec.name(), tensor(TensorColumns.part(batch, spec, from, rows)));
      }
      try (OrtSession.Result result = session.run(inputs, outputNames)) {
        for (int i = 0; i < parts.size(); i++) {
          TensorSpec spec = graph.signature().outputs().get(i);
          OnnxTensor output = (OnnxTensor) result.get(spec.name()).orElseThrow();
          parts.get(i).add(part(spec, output, rows));
        }
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(TensorPart part) throws OrtException {
    long[] shape = part.shape().stream().mapToLong(Long::longValue).toArray();
    return part.type() == ElementType.UTF8
        ? OnnxTensor.createTensor(environment, part.texts(), shape)
        : OnnxTensor.createTensor(environment, part.bytes(), shape, RawGraph.javaType(part.type()));
  }

  private static TensorPart part(TensorSpec spec, OnnxTensor output, int rows) throws OrtException {
    List<Long> shape = Arrays.stream(output.getInfo().getShape()).boxed().toList();
    if (shape.size() != spec.shape().size() || shape.get(0) != rows) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "the output '"
              + spec.name()
              + "' has the shape "
              + shape
              + " for "
              + rows
              + " rows, and the model says "
              + spec);
    }
    if (spec.type() == ElementType.UTF8) {
      List<String> texts = new ArrayList<>();
      flatten(output.getValue(), texts);
      return TensorPart.ofTexts(spec.name(), shape, texts.toArray(String[]::new));
    }
    return TensorPart.of(spec.name(), spec.type(), shape, output.getByteBuffer());
  }

  private static void flatten(Object value, List<String> into) {
    if (value instanceof Object[] array) {
      for (Object element : array) {
        flatten(element, into);
      }
    } else {
      into.add((String) value);
    }
  }

  private ArrowBatch answer(ArrowBatch batch, List<List<TensorPart>> parts) {
    List<FieldVector> columns = new ArrayList<>();
    try {
      for (int i = 0; i < parts.size(); i++) {
        TensorSpec spec = graph.signature().outputs().get(i);
        columns.add(TensorColumns.ofParts(scope.allocator(), spec, parts.get(i)));
      }
      return batch.withColumns(scope, columns);
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    }
  }

  @Override
  public void close() {
    life.close();
  }

  private void unload() {
    try {
      session.close();
      options.close();
    } catch (OrtException failure) {
      LOG.warn("{} was not unloaded cleanly.", this, failure);
    }
    RuntimeEnvironment.leave();
    scope.close();
    workers.close();
  }

  @Override
  public String toString() {
    return "The session of " + uri + " with the model '" + model.name() + "'";
  }
}
