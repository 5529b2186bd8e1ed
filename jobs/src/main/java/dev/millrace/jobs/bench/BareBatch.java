package dev.millrace.jobs.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A batch for the bare runtime whose tensors are made beforehand: a run is a run and no more. */
final class BareBatch implements AutoCloseable {

  private static final int ALIGNMENT = 64;

  private final Map<String, OnnxTensor> inputs = new HashMap<>();
  private final Map<String, OnnxTensor> outputs = new HashMap<>();
  private final ByteBuffer vectors;
  private final int rows;
  private final int dimensions;

  /**
   * @param tokens the rows' tokens, at least one row
   * @param inputNames what the graph takes
   * @param outputName what it gives
   */
  BareBatch(
      OrtEnvironment environment,
      List<long[]> tokens,
      Set<String> inputNames,
      String outputName,
      int dimensions)
      throws OrtException {
    this.rows = tokens.size();
    this.dimensions = dimensions;
    int width = tokens.stream().mapToInt(row -> row.length).max().orElse(1);
    long[] shape = {rows, width};
    ByteBuffer ids = direct(rows * width * Long.BYTES);
    ByteBuffer mask = direct(rows * width * Long.BYTES);
    ByteBuffer types = direct(rows * width * Long.BYTES);
    for (int row = 0; row < rows; row++) {
      long[] of = tokens.get(row);
      for (int i = 0; i < of.length; i++) {
        ids.putLong((row * width + i) * Long.BYTES, of[i]);
        mask.putLong((row * width + i) * Long.BYTES, 1);
      }
    }
    inputs.put("input_ids", OnnxTensor.createTensor(environment, ids, shape, OnnxJavaType.INT64));
    inputs.put(
        "attention_mask", OnnxTensor.createTensor(environment, mask, shape, OnnxJavaType.INT64));
    if (inputNames.contains("token_type_ids")) {
      inputs.put(
          "token_type_ids", OnnxTensor.createTensor(environment, types, shape, OnnxJavaType.INT64));
    }
    vectors = direct(rows * dimensions * Float.BYTES);
    outputs.put(
        outputName,
        OnnxTensor.createTensor(
            environment, vectors, new long[] {rows, dimensions}, OnnxJavaType.FLOAT));
  }

  private static ByteBuffer direct(int bytes) {
    int whole = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return ByteBuffer.allocateDirect(whole + ALIGNMENT)
        .alignedSlice(ALIGNMENT)
        .order(ByteOrder.nativeOrder())
        .limit(bytes);
  }

  void run(OrtSession session) throws OrtException {
    session.run(inputs, Set.of(), outputs, null).close();
  }

  int rows() {
    return rows;
  }

  float[] vector(int row) {
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = vectors.getFloat((row * dimensions + i) * Float.BYTES);
    }
    return vector;
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
  }
}
