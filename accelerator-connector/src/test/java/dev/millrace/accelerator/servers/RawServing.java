package dev.millrace.accelerator.servers;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.protobuf.ByteString;
import dev.millrace.accelerator.servers.proto.Description;
import dev.millrace.accelerator.servers.proto.Question;
import dev.millrace.accelerator.servers.proto.Reply;
import dev.millrace.accelerator.servers.proto.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Any graph over the Open Inference Protocol, with its tensors as they are. */
final class RawServing {

  private static final Map<OnnxJavaType, String> NAMES =
      Map.of(
          OnnxJavaType.FLOAT, "FP32",
          OnnxJavaType.DOUBLE, "FP64",
          OnnxJavaType.INT32, "INT32",
          OnnxJavaType.INT64, "INT64",
          OnnxJavaType.BOOL, "BOOL",
          OnnxJavaType.STRING, "BYTES");

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  RawServing(String graph) throws OrtException {
    session = environment.createSession(graph);
  }

  Description describe(String name) throws OrtException {
    Description.Builder description =
        Description.newBuilder().setName(name).addVersions("1").setPlatform("test_server");
    for (NodeInfo input : session.getInputInfo().values()) {
      description.addInputs(describe(input));
    }
    for (NodeInfo output : session.getOutputInfo().values()) {
      description.addOutputs(describe(output));
    }
    return description.build();
  }

  private static Tensor.Builder describe(NodeInfo node) {
    TensorInfo info = (TensorInfo) node.getInfo();
    Tensor.Builder tensor =
        Tensor.newBuilder().setName(node.getName()).setDatatype(NAMES.get(info.type));
    for (long dimension : info.getShape()) {
      tensor.addShape(dimension);
    }
    return tensor;
  }

  Reply answer(Question question) throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      for (int i = 0; i < question.getInputsCount(); i++) {
        Tensor tensor = question.getInputs(i);
        inputs.put(tensor.getName(), tensor(tensor, question.getRawInputContents(i)));
      }
      Reply.Builder reply =
          Reply.newBuilder().setModelName(question.getModelName()).setModelVersion("1");
      try (OrtSession.Result result = session.run(inputs)) {
        for (var output : result) {
          OnnxTensor value = (OnnxTensor) output.getValue();
          Tensor.Builder tensor =
              Tensor.newBuilder()
                  .setName(output.getKey())
                  .setDatatype(NAMES.get(value.getInfo().type));
          for (long dimension : value.getInfo().getShape()) {
            tensor.addShape(dimension);
          }
          reply.addOutputs(tensor).addRawOutputContents(raw(value));
        }
      }
      return reply.build();
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(Tensor tensor, ByteString raw) throws OrtException {
    long[] shape = tensor.getShapeList().stream().mapToLong(Long::longValue).toArray();
    ByteBuffer bytes = ByteBuffer.allocateDirect(raw.size()).order(ByteOrder.nativeOrder());
    raw.copyTo(bytes);
    bytes.flip();
    if (tensor.getDatatype().equals("BYTES")) {
      List<String> texts = new ArrayList<>();
      while (bytes.hasRemaining()) {
        byte[] text = new byte[bytes.getInt()];
        bytes.get(text);
        texts.add(new String(text, StandardCharsets.UTF_8));
      }
      return OnnxTensor.createTensor(environment, texts.toArray(String[]::new), shape);
    }
    for (Map.Entry<OnnxJavaType, String> type : NAMES.entrySet()) {
      if (type.getValue().equals(tensor.getDatatype())) {
        return OnnxTensor.createTensor(environment, bytes, shape, type.getKey());
      }
    }
    throw new IllegalArgumentException("no type " + tensor.getDatatype());
  }

  private static ByteString raw(OnnxTensor value) throws OrtException {
    if (value.getInfo().type != OnnxJavaType.STRING) {
      return ByteString.copyFrom(value.getByteBuffer());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String text : (String[]) value.getValue()) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    return ByteString.copyFrom(out.toByteArray());
  }
}
