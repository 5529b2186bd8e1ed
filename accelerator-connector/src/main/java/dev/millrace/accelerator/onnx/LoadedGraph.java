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
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph in the runtime, tried once, so that what cannot run is told while it is loaded and the
 * vector's length is known.
 */
final class LoadedGraph implements AutoCloseable {

  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final PreparedGraph graph;
  private final int dimensions;

  private LoadedGraph(
      OrtEnvironment environment,
      OrtSession.SessionOptions options,
      OrtSession session,
      PreparedGraph graph,
      int dimensions) {
    this.environment = environment;
    this.options = options;
    this.session = session;
    this.graph = graph;
    this.dimensions = dimensions;
  }

  /** Loads a model for {@code onnx:cpu}. The caller owns what comes out. */
  static LoadedGraph load(Model model) throws OrtException {
    PreparedGraph graph = PreparedGraph.of(model);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession.SessionOptions options = options(model.folder());
    try {
      OrtSession session = environment.createSession(graph.bytes(), options);
      try {
        int dimensions = tryOut(environment, session, graph, model);
        return new LoadedGraph(environment, options, session, graph, dimensions);
      } catch (OrtException | RuntimeException failure) {
        session.close();
        throw failure;
      }
    } catch (OrtException | RuntimeException failure) {
      options.close();
      throw failure;
    }
  }

  /**
   * One thread for each run, since as many callers as there are cores run at once: that was faster
   * than several threads for one run. Idle threads that spin would take cores from Flink.
   */
  private static OrtSession.SessionOptions options(@Nullable Path folder) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(ExecutionMode.SEQUENTIAL);
    options.setOptimizationLevel(OptLevel.ALL_OPT);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    options.addConfigEntry("session.inter_op.allow_spinning", "0");
    if (folder != null) {
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path",
          folder.toAbsolutePath().toString());
    }
    return options;
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
                  + " and not with [1, dimensions]. Export it for the task feature-extraction.");
        }
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

  /** The length of the vector. */
  int dimensions() {
    return dimensions;
  }

  /** Unloads the model. No run may be under way. */
  @Override
  public void close() throws OrtException {
    session.close();
    options.close();
  }
}
