package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How large the values inside a graph get, channel by channel. It is measured on a few made-up
 * texts: which channels stand out is a trait of the model and hardly one of the text.
 */
final class ActivationRanges {

  private static final int[] LENGTHS = {2, 5, 9, 14, 32, 64};

  private ActivationRanges() {}

  /**
   * Runs the graph as it is.
   *
   * @param values names of values of float32
   * @return for each value the greatest magnitude at each index of its last axis
   * @throws AcceleratorException of category MODEL if the graph does not run
   */
  static Map<String, float[]> of(ModelProto.Builder graph, Set<String> values, Model model) {
    ModelProto.Builder watched = graph.clone();
    for (String value : values) {
      watched.getGraphBuilder().addOutput(ValueInfoProto.newBuilder().setName(value));
    }
    List<long[]> texts = FixedTexts.of(PreparedGraph.vocabulary(graph), model, LENGTHS);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = LoadedGraph.optionsToLoadFast(model.folder());
        OrtSession session = environment.createSession(watched.build().toByteArray(), options)) {
      Map<String, float[]> ranges = new HashMap<>();
      for (long[] ids : texts) {
        widen(ranges, environment, session, ids, values);
      }
      return ranges;
    } catch (OrtException failure) {
      throw new AcceleratorException(
          Category.MODEL,
          "The graph of the model '"
              + model.name()
              + "' cannot be run to see how large its values get: "
              + failure.getMessage(),
          failure);
    }
  }

  private static void widen(
      Map<String, float[]> ranges,
      OrtEnvironment environment,
      OrtSession session,
      long[] ids,
      Set<String> values)
      throws OrtException {
    long[] shape = {1, ids.length};
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
        OnnxTensor zeros =
            OnnxTensor.createTensor(environment, LongBuffer.allocate(ids.length), shape)) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      for (String name : session.getInputNames()) {
        inputs.put(
            name,
            switch (name) {
              case TextColumns.INPUT_IDS -> idTensor;
              case TextColumns.ATTENTION_MASK -> mask;
              default -> zeros;
            });
      }
      try (OrtSession.Result result = session.run(inputs, values)) {
        for (Map.Entry<String, OnnxValue> value : result) {
          widen(ranges, value.getKey(), (OnnxTensor) value.getValue());
        }
      }
    }
  }

  private static void widen(Map<String, float[]> ranges, String name, OnnxTensor value) {
    TensorInfo info = value.getInfo();
    int channels = (int) info.getShape()[info.getShape().length - 1];
    float[] greatest = ranges.computeIfAbsent(name, unused -> new float[channels]);
    FloatBuffer numbers = value.getFloatBuffer();
    for (int i = 0; numbers.hasRemaining(); i = (i + 1) % channels) {
      greatest[i] = Math.max(greatest[i], Math.abs(numbers.get()));
    }
  }
}
