package dev.millrace.jobs.bench;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.Model;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a careful user writes: DJL's tokenizer for a whole batch, the published graph in a session
 * of one thread, direct buffers, the mean and the length in plain Java.
 */
final class DjlAndRuntime implements Embedder {

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final HuggingFaceIds tokenizer;
  private final OrtSession session;
  private final ThreadLocal<ByteBuffer> buffers =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(0));

  DjlAndRuntime(Model model) throws OrtException {
    tokenizer = new HuggingFaceIds(model);
    session = environment.createSession(model.graph(), OneThread.options());
  }

  @Override
  public List<float[]> embed(List<String> texts) throws OrtException {
    Encoding[] encodings = tokenizer.encode(texts);
    long[][] ids = new long[encodings.length][];
    int width = 1;
    for (int row = 0; row < ids.length; row++) {
      ids[row] = encodings[row].getIds();
      width = Math.max(width, ids[row].length);
    }
    int bytes = ids.length * width * Long.BYTES;
    ByteBuffer all = zeroed(3 * bytes);
    for (int row = 0; row < ids.length; row++) {
      for (int i = 0; i < ids[row].length; i++) {
        int at = (row * width + i) * Long.BYTES;
        all.putLong(at, ids[row][i]);
        all.putLong(bytes + at, 1);
      }
    }
    long[] shape = {ids.length, width};
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      inputs.put("input_ids", tensor(all, 0, bytes, shape));
      inputs.put("attention_mask", tensor(all, bytes, bytes, shape));
      if (session.getInputNames().contains("token_type_ids")) {
        inputs.put("token_type_ids", tensor(all, 2 * bytes, bytes, shape));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return pool(((OnnxTensor) result.get(0)).getFloatBuffer(), ids, width);
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** The thread's buffer, which grows to what it needed most: direct memory is slow to get. */
  private ByteBuffer zeroed(int bytes) {
    ByteBuffer buffer = buffers.get();
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(2 * bytes).order(ByteOrder.nativeOrder());
      buffers.set(buffer);
    }
    for (int i = 0; i < bytes; i += Long.BYTES) {
      buffer.putLong(i, 0);
    }
    return buffer;
  }

  private OnnxTensor tensor(ByteBuffer all, int from, int length, long[] shape)
      throws OrtException {
    return OnnxTensor.createTensor(
        environment,
        all.slice(from, length).order(ByteOrder.nativeOrder()),
        shape,
        OnnxJavaType.INT64);
  }

  private static List<float[]> pool(FloatBuffer hidden, long[][] ids, int width) {
    int dimensions = hidden.remaining() / (ids.length * width);
    List<float[]> vectors = new ArrayList<>(ids.length);
    float[] token = new float[dimensions];
    for (int row = 0; row < ids.length; row++) {
      float[] vector = new float[dimensions];
      for (int i = 0; i < ids[row].length; i++) {
        hidden.get((row * width + i) * dimensions, token);
        for (int d = 0; d < dimensions; d++) {
          vector[d] += token[d];
        }
      }
      double square = 0;
      for (float value : vector) {
        square += value * value;
      }
      float scale = (float) (1 / Math.sqrt(square));
      for (int d = 0; d < dimensions; d++) {
        vector[d] *= scale;
      }
      vectors.add(vector);
    }
    return vectors;
  }

  @Override
  public void close() throws OrtException {
    session.close();
    tokenizer.close();
  }
}
