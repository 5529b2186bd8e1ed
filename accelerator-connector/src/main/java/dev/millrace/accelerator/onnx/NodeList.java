package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;

/**
 * Appends operators, standard ones in the form that the graph's opset has them. Each method takes
 * and gives the names of values.
 */
final class NodeList {

  /** Element types, by the ONNX specification's numbers. */
  static final int FLOAT = 1;

  static final int UINT8 = 2;
  static final int INT8 = 3;
  static final int INT64 = 7;
  static final int BOOL = 9;

  /** The domain of the runtime's own operators. */
  static final String MICROSOFT = "com.microsoft";

  private static final String STANDARD = "";

  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_TENSOR = 4;
  private static final int ATTRIBUTE_INTS = 7;

  private final Consumer<NodeProto> target;
  private final long opset;
  private final String prefix;
  private int count;

  /**
   * @param prefix begins the names of all values; no other list's of the same graph does
   */
  NodeList(Consumer<NodeProto> target, long opset, String prefix) {
    this.target = target;
    this.opset = opset;
    this.prefix = prefix;
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

  String sigmoid(String value) {
    return add("Sigmoid", List.of(value));
  }

  String softmax(String value, long axis) {
    return add("Softmax", List.of(value), integer("axis", axis));
  }

  String least(String value, long axis, boolean keep) {
    return reduceFrom18("ReduceMin", value, axis, keep);
  }

  String shape(String value) {
    return add("Shape", List.of(value));
  }

  /** The dimensions of a shape from one axis to before another, as a shape. */
  String slice(String shape, long from, long to) {
    return add("Slice", List.of(shape, int64s(from), int64s(to)));
  }

  String reshape(String value, String shape) {
    return add("Reshape", List.of(value, shape));
  }

  String reshape(String value, long... shape) {
    return reshape(value, int64s(shape));
  }

  String multiply(String left, String right) {
    return add("Mul", List.of(left, right));
  }

  String multiply(String value, float by) {
    return multiply(value, scalar(by));
  }

  String plus(String left, String right) {
    return add("Add", List.of(left, right));
  }

  String negative(String value) {
    return add("Neg", List.of(value));
  }

  String greatest(String... values) {
    return add("Max", List.of(values));
  }

  /** A float tensor of that shape whose values are all the same. */
  String filled(String shape, float value) {
    return add("ConstantOfShape", List.of(shape), tensor("value", floatTensor(value).addDims(1)));
  }

  /** A uint8 tensor of that shape whose values are all the same. */
  String filledBytes(String shape, int value) {
    return add("ConstantOfShape", List.of(shape), tensor("value", byteTensor(value).addDims(1)));
  }

  /** Any operator; the result is the name of its one output. */
  String operator(
      String domain, String type, List<String> inputs, AttributeProto.Builder... attributes) {
    String output = prefix + type + "_" + count++;
    append(domain, type, inputs, output, attributes);
    return output;
  }

  /** Gives a value a further name. */
  void identity(String value, String name) {
    append(STANDARD, "Identity", List.of(value), name);
  }

  void reshapeAs(String name, String value, String shape) {
    append(STANDARD, "Reshape", List.of(value, shape), name);
  }

  void plusAs(String name, String left, String right) {
    append(STANDARD, "Add", List.of(left, right), name);
  }

  void multiplyAs(String name, String left, String right) {
    append(STANDARD, "Mul", List.of(left, right), name);
  }

  private String reduceFrom18(String operator, String value, long axis, boolean keep) {
    return opset >= 18
        ? add(operator, List.of(value, int64s(axis)), integer("keepdims", keep ? 1 : 0))
        : reduce(operator, value, axis, keep);
  }

  private String reduce(String operator, String value, long axis, boolean keep) {
    return add(operator, List.of(value), integers("axes", axis), integer("keepdims", keep ? 1 : 0));
  }

  String scalar(float value) {
    return constant(floatTensor(value));
  }

  String byteScalar(int value) {
    return constant(byteTensor(value));
  }

  private String int64s(long... values) {
    return constant(int64Tensor(values).addDims(values.length));
  }

  private static TensorProto.Builder floatTensor(float value) {
    return TensorProto.newBuilder()
        .setDataType(FLOAT)
        .setRawData(
            ByteString.copyFrom(
                ByteBuffer.allocate(Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(0, value)));
  }

  private static TensorProto.Builder byteTensor(int value) {
    return TensorProto.newBuilder()
        .setDataType(UINT8)
        .setRawData(ByteString.copyFrom(new byte[] {(byte) value}));
  }

  private static TensorProto.Builder int64Tensor(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return TensorProto.newBuilder()
        .setDataType(INT64)
        .setRawData(ByteString.copyFrom(bytes.flip()));
  }

  // A node and not an initializer: those of old models must be declared as inputs, too.
  private String constant(TensorProto.Builder tensor) {
    return add("Constant", List.of(), tensor("value", tensor));
  }

  private String add(String type, List<String> inputs, AttributeProto.Builder... attributes) {
    return operator(STANDARD, type, inputs, attributes);
  }

  private void append(
      String domain,
      String type,
      List<String> inputs,
      String output,
      AttributeProto.Builder... attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setOpType(type)
            .setDomain(domain)
            .setName(prefix + output)
            .addAllInput(inputs)
            .addOutput(output);
    for (AttributeProto.Builder attribute : attributes) {
      node.addAttribute(attribute);
    }
    target.accept(node.build());
  }

  static AttributeProto.Builder integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_INT).setI(value);
  }

  static AttributeProto.Builder number(String name, float value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_FLOAT).setF(value);
  }

  private static AttributeProto.Builder tensor(String name, TensorProto.Builder value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_TENSOR).setT(value);
  }

  private static AttributeProto.Builder integers(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(ATTRIBUTE_INTS).addInts(value);
  }
}
