package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.TextColumns;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph in the runtime, tried once, so that what cannot run is told while it is loaded and the
 * vector's length is known.
 */
final class LoadedGraph implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LoadedGraph.class);

  private static final OnnxTarget ONE_THREAD =
      OnnxTarget.of(AcceleratorUri.parse("onnx:cpu?intra-op-threads=1"));

  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final PreparedGraph graph;
  private final int dimensions;
  private final boolean byToken;

  private LoadedGraph(
      OrtEnvironment environment,
      OrtSession.SessionOptions options,
      OrtSession session,
      PreparedGraph graph,
      int dimensions,
      boolean byToken) {
    this.environment = environment;
    this.options = options;
    this.session = session;
    this.graph = graph;
    this.dimensions = dimensions;
    this.byToken = byToken;
  }

  /**
   * Loads a model on a device, as the options want it. The caller owns what comes out.
   *
   * <p>A graph that was rewritten is tried against the one as shipped. If it fails, the log says so
   * and the one as shipped is loaded, unless the options ask for what only the rewriting gives.
   *
   * @throws AcceleratorException of category MODEL or CONFIGURATION if the model cannot run so
   */
  static LoadedGraph load(Model model, SessionOptions options, OnnxTarget target)
      throws OrtException {
    // A device that is not there is no trouble of the graph's.
    options(model.folder(), target).close();
    PreparedGraph prepared = PreparedGraph.of(model, options);
    if (prepared.rewritings().isEmpty()) {
      return load(model, prepared, options(model.folder(), target));
    }
    long start = System.nanoTime();
    LoadedGraph loaded = null;
    String problem;
    try {
      loaded = load(model, prepared, options(model.folder(), target));
      problem = RewriteCheck.problemOf(loaded, model);
    } catch (OrtException | RuntimeException failure) {
      problem = "it cannot be run: " + failure.getMessage();
    }
    if (loaded != null && problem == null) {
      LOG.info(
          "The graph of the model '{}' was rewritten ({}), loaded and checked in {} ms.",
          model.name(),
          String.join(", ", prepared.rewritings()),
          (System.nanoTime() - start) / 1_000_000);
      return loaded;
    }
    if (loaded != null) {
      loaded.close();
    }
    String what =
        "The rewritten graph of the model '"
            + model.name()
            + "' ("
            + String.join(", ", prepared.rewritings())
            + ") is not used: "
            + problem
            + ".";
    if (prepared.isMadeInt8()) {
      throw new AcceleratorException(
          Category.MODEL,
          what
              + " So the model cannot run in the precision int8: leave it its own (precision"
              + " model).");
    }
    PreparedGraph shipped = PreparedGraph.asShipped(model);
    LOG.warn(
        "{} It runs as shipped{}.",
        what,
        shipped.quantisesByBatch()
            ? ", and unless batch invariance is relaxed its rows run alone, which is slower"
            : "");
    return load(model, shipped, options(model.folder(), target));
  }

  /**
   * Loads a graph only to compare another with it: with as little preparation by the runtime as can
   * be, which loads fast and runs slowly.
   */
  static LoadedGraph loadForComparison(Model model) throws OrtException {
    return load(model, PreparedGraph.asShipped(model), optionsToLoadFast(model.folder()));
  }

  /** For a graph that runs a few times only. The caller closes them. */
  static OrtSession.SessionOptions optionsToLoadFast(@Nullable Path folder) throws OrtException {
    OrtSession.SessionOptions options = options(folder, ONE_THREAD);
    options.setOptimizationLevel(OptLevel.NO_OPT);
    options.addConfigEntry("session.disable_prepacking", "1");
    return options;
  }

  private static LoadedGraph load(
      Model model, PreparedGraph graph, OrtSession.SessionOptions options) throws OrtException {
    OrtEnvironment environment = RuntimeEnvironment.enter();
    try {
      OrtSession session = environment.createSession(graph.bytes(), options);
      try {
        int dimensions = tryOut(environment, session, graph, model);
        return new LoadedGraph(
            environment,
            options,
            session,
            graph,
            dimensions,
            model.task() == ModelTask.TOKEN_CLASSIFICATION);
      } catch (OrtException | RuntimeException failure) {
        session.close();
        throw failure;
      }
    } catch (OrtException | RuntimeException failure) {
      options.close();
      RuntimeEnvironment.leave();
      throw failure;
    }
  }

  /**
   * One thread for each run unless the URI says otherwise, since as many callers as there are cores
   * run at once: that was faster than several threads for one run. Idle threads that spin would
   * take cores from Flink.
   */
  static OrtSession.SessionOptions options(@Nullable Path folder, OnnxTarget target)
      throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    try {
      configure(options, folder, target);
      return options;
    } catch (OrtException | RuntimeException failure) {
      options.close();
      throw failure;
    }
  }

  private static void configure(
      OrtSession.SessionOptions options, @Nullable Path folder, OnnxTarget target)
      throws OrtException {
    Threads threads = target.threads();
    Providers.add(target, options);
    options.setIntraOpNumThreads(threads.intraOp());
    options.setInterOpNumThreads(1);
    options.setExecutionMode(ExecutionMode.SEQUENTIAL);
    options.setOptimizationLevel(OptLevel.ALL_OPT);
    options.addConfigEntry("session.intra_op.allow_spinning", threads.spinning() ? "1" : "0");
    options.addConfigEntry("session.inter_op.allow_spinning", "0");
    if (folder != null) {
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path",
          folder.toAbsolutePath().toString());
    }
  }

  /** Runs a text of one token, and gives the length of its vector. */
  private static int tryOut(
      OrtEnvironment environment, OrtSession session, PreparedGraph graph, Model model)
      throws OrtException {
    long[] shape = {1, 1};
    try (OnnxTensor zero = OnnxTensor.createTensor(environment, LongBuffer.allocate(1), shape);
        OnnxTensor one =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[] {1}), shape)) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      for (String name : graph.inputs()) {
        inputs.put(name, name.equals(TextColumns.ATTENTION_MASK) ? one : zero);
      }
      try (OrtSession.Result result = session.run(inputs, Set.of(graph.output()))) {
        OnnxValue value = result.get(0);
        long[] answer = ((OnnxTensor) value).getInfo().getShape();
        if (answer.length != 2 || answer[0] != 1 || answer[1] < 1 || answer[1] > 1 << 20) {
          throw new AcceleratorException(
              Category.MODEL,
              "The model '"
                  + model.name()
                  + "' answers one text with the shape "
                  + Arrays.toString(answer)
                  + " and not with [1, dimensions]. Export it for the task feature-extraction, or"
                  + " text-classification or token-classification if it is a classifier.");
        }
        model.requireLabels(answer[1]);
        return (int) answer[1];
      }
    }
  }

  OrtEnvironment environment() {
    return environment;
  }

  OrtSession session() {
    return session;
  }

  PreparedGraph graph() {
    return graph;
  }

  String outputName() {
    return graph.output();
  }

  boolean takesTokenTypes() {
    return graph.inputs().contains(TextColumns.TOKEN_TYPE_IDS);
  }

  /** The length of the vector, or how many scores a text, or a token, has. */
  int dimensions() {
    return dimensions;
  }

  /** How many numbers the answer has for a row of so many tokens. */
  int numbers(int tokens) {
    return byToken ? Math.multiplyExact(tokens, dimensions) : dimensions;
  }

  /** Unloads the model. No run may be under way. */
  @Override
  public void close() throws OrtException {
    session.close();
    options.close();
    RuntimeEnvironment.leave();
  }
}
