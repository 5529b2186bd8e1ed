package dev.millrace.accelerator.servers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** A graph in ONNX Runtime, run in the plainest way. */
final class PlainModel {

  /** Token vectors, {@code [rows, tokens, dimensions]}, or logits, {@code [rows, labels]}. */
  static final class Hidden {
    final float[] values;
    final int tokens;
    final int dimensions;

    Hidden(float[] values, int tokens, int dimensions) {
      this.values = values;
      this.tokens = tokens;
      this.dimensions = dimensions;
    }
  }

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  PlainModel(String file) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    session = environment.createSession(file, options);
  }

  Hidden run(long[] ids, long[] mask, long[] types, int rows, int tokens) throws OrtException {
    long[] shape = {rows, tokens};
    Map<String, OnnxTensor> inputs = new HashMap<>();
    inputs.put("input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape));
    inputs.put(
        "attention_mask", OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape));
    inputs.put(
        "token_type_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(types), shape));
    inputs.keySet().retainAll(session.getInputNames());
    try (OrtSession.Result result = session.run(inputs)) {
      OnnxTensor answer = (OnnxTensor) result.get(0);
      FloatBuffer buffer = answer.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      long[] answered = answer.getInfo().getShape();
      return new Hidden(values, tokens, (int) answered[answered.length - 1]);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** The mean over the tokens that count, scaled to length 1. */
  static float[] meanOf(Hidden hidden, long[] mask, int row) {
    double[] sum = new double[hidden.dimensions];
    int counted = 0;
    for (int token = 0; token < hidden.tokens; token++) {
      int place = row * hidden.tokens + token;
      if (mask[place] != 0) {
        counted++;
        for (int d = 0; d < sum.length; d++) {
          sum[d] += hidden.values[place * sum.length + d];
        }
      }
    }
    double squares = 0;
    for (double value : sum) {
      squares += value * value / counted / counted;
    }
    float[] mean = new float[sum.length];
    for (int d = 0; d < sum.length; d++) {
      mean[d] = (float) (sum[d] / counted / Math.max(Math.sqrt(squares), 1e-12));
    }
    return mean;
  }
}
