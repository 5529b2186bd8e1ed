package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Appends standard operators to a graph, in the form that its opset has them. Each method takes and
 * gives the names of values.
 */
final class NodeList {

  /** Element types, by the ONNX specification's numbers. */
  static final int FLOAT = 1;

  static final int INT64 = 7;
  static final int BOOL = 9;

  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_TENSOR = 4;
  private static final int ATTRIBUTE_INTS = 7;

  private final GraphProto.Builder graph;
  private final long opset;
  private int count;

  NodeList(GraphProto.Builder graph, long opset) {
    this.graph = graph;
    this.opset = opset;
  }

  String cast(String value, int elementType) {
    return add("Cast", List.of(value), integer("to", elementType));
  }

  String unsqueeze(String value, long axis) {
    return opset >= 13
        ? add("Unsqueeze", List.of(value, int64s(axis)))
        : add("Unsqueeze", List.of(value), integers("axes", axis));
  }

  String squeeze(String value, long axis) {
    return opset >= 13
        ? add("Squeeze", List.of(value, int64s(axis)))
        : add("Squeeze", List.of(value), integers("axes", axis));
  }

  String sum(String value, long axis, boolean keep) {
    return opset >= 13
        ? add("ReduceSum", List.of(value, int64s(axis)), integer("keepdims", keep ? 1 : 0))
        : reduce("ReduceSum", value, axis, keep);
  }

  String max(String value, long axis, boolean keep) {
    return reduceFrom18("ReduceMax", value, axis, keep);
  }

  String norm(String value, long axis, boolean keep) {
    return reduceFrom18("ReduceL2", value, axis, keep);
  }

  String matMul(String left, String right) {
    return add("MatMul", List.of(left, right));
  }

  String divide(String value, String by) {
    return add("Div", List.of(value, by));
  }

  String atLeast(String value, float bound) {
    return add("Max", List.of(value, scalar(bound)));
  }

  String where(String condition, String value, float otherwise) {
    return add("Where", List.of(condition, value, scalar(otherwise)));
  }

  /** The values at one index of an axis, which then is gone. */
  String at(String value, long axis, long index) {
    return add("Gather", List.of(value, constant(int64Tensor(index))), integer("axis", axis));
  }

  /** Gives a value a further name. */
  void identity(String value, String name) {
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").addInput(value).addOutput(name));
  }

  private String reduceFrom18(String operator, String value, long axis, boolean keep) {
    return opset >= 18
        ? add(operator, List.of(value, int64s(axis)), integer("keepdims", keep ? 1 : 0))
        : reduce(operator, value, axis, keep);
  }

  private String reduce(String operator, String value, long axis, boolean keep) {
    return add(operator, List.of(value), integers("axes", axis), integer("keepdims", keep ? 1 : 0));
  }

  private String scalar(float value) {
    return constant(
        TensorProto.newBuilder()
            .setDataType(FLOAT)
            .setRawData(
                ByteString.copyFrom(
                    ByteBuffer.allocate(Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(0, value))));
  }

  private String int64s(long value) {
    return constant(int64Tensor(value).addDims(1));
  }

  private static TensorProto.Builder int64Tensor(long value) {
    return TensorProto.newBuilder()
        .setDataType(INT64)
        .setRawData(
            ByteString.copyFrom(
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value)));
  }

  // A node and not an initializer: those of old models must be declared as inputs, too.
  private String constant(TensorProto.Builder tensor) {
    return add(
        "Constant",
        List.of(),
        AttributeProto.newBuilder().setName("value").setType(ATTRIBUTE_TENSOR).setT(tensor));
  }

  private String add(String operator, List<String> inputs, AttributeProto.Builder... attributes) {
    String output = "millrace/" + operator + "_" + count++;
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(output)
            .addAllInput(inputs)
            .addOutput(output);
    for (AttributeProto.Builder attribute : attributes) {
      node.addAttribute(attribute);
    }
    graph.addNode(node);
    return output;
  }

  private static AttributeProto.Builder integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_INT).setI(value);
  }

  private static AttributeProto.Builder integers(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_INTS).addInts(value);
  }
}
