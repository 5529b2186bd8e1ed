package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.OperatorSetIdProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.TensorShapeProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.nio.file.Path;

/** Small models that are used as they are, whose answers can be told by hand. */
public final class RawModels {

  private static final int FLOAT = 1;
  private static final int INT32 = 6;
  private static final int INT64 = 7;
  private static final int STRING = 8;
  private static final int BOOL = 9;
  private static final int DOUBLE = 11;

  /** A dimension that each run chooses. */
  private static final long FREE = -1;

  private RawModels() {}

  /**
   * Several types at once: {@code doubled} is twice {@code x} {@code [rows, 3]}, {@code most} its
   * greatest {@code [rows, 1]}, {@code next} is {@code n} and 1, {@code not} is the opposite of
   * {@code flag}, {@code same} is {@code name}, {@code wide} is {@code n} as a double.
   */
  public static Path mixed(Path folder) {
    return write(
        folder,
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, FREE, 3))
            .addInput(value("n", INT64, FREE))
            .addInput(value("flag", BOOL, FREE))
            .addInput(value("name", STRING, FREE))
            .addInitializer(
                TensorProto.newBuilder().setName("one").setDataType(INT64).addInt64Data(1))
            .addNode(node("Add", "doubled", "x", "x"))
            .addNode(greatest("most", "x", 1))
            .addNode(node("Add", "next", "n", "one"))
            .addNode(node("Not", "not", "flag"))
            .addNode(node("Identity", "same", "name"))
            .addNode(
                node("Cast", "wide", "n").toBuilder().addAttribute(integer("to", DOUBLE)).build())
            .addOutput(value("doubled", FLOAT, FREE, 3))
            .addOutput(value("most", FLOAT, FREE, 1))
            .addOutput(value("next", INT64, FREE))
            .addOutput(value("not", BOOL, FREE))
            .addOutput(value("same", STRING, FREE))
            .addOutput(value("wide", DOUBLE, FREE)));
  }

  /** {@code most} is the greatest of {@code x} {@code [rows, any, any]}, along its last axis. */
  public static Path ofAnyShape(Path folder) {
    return write(
        folder,
        GraphProto.newBuilder()
            .addInput(value("x", INT32, FREE, FREE, FREE))
            .addNode(
                node("ReduceMax", "most", "x").toBuilder()
                    .addAttribute(AttributeProto.newBuilder().setName("axes").setType(7).addInts(2))
                    .addAttribute(integer("keepdims", 0))
                    .build())
            .addOutput(value("most", INT32, FREE, FREE)));
  }

  /** The same as a graph that takes one row: {@code y} is twice {@code x} {@code [1, 2]}. */
  public static Path ofOneRow(Path folder) {
    return write(
        folder,
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, 1, 2))
            .addNode(node("Add", "y", "x", "x"))
            .addOutput(value("y", FLOAT, 1, 2)));
  }

  /**
   * A classifier: {@code label} and {@code probabilities} {@code [rows, 2]} of {@code X} {@code
   * [rows, 3]}, the softmax of its first number and of its second less its third.
   */
  public static Path classifier(Path folder) {
    return write(
        folder,
        GraphProto.newBuilder()
            .addInput(value("X", FLOAT, FREE, 3))
            .addInitializer(TinyModel.tensor("weights", new float[][] {{1, 0}, {0, 1}, {0, -1}}))
            .addNode(node("MatMul", "raw", "X", "weights"))
            .addNode(
                node("Softmax", "probabilities", "raw").toBuilder()
                    .addAttribute(integer("axis", 1))
                    .build())
            .addNode(
                node("ArgMax", "label", "raw").toBuilder()
                    .addAttribute(integer("axis", 1))
                    .addAttribute(integer("keepdims", 0))
                    .build())
            .addOutput(value("label", INT64, FREE))
            .addOutput(value("probabilities", FLOAT, FREE, 2)));
  }

  /**
   * A sequence model over item ids: {@code scores} {@code [rows, candidates]} is how much the mean
   * vector of {@code input_ids} {@code [rows, length]} and that of each of {@code candidate_ids}
   * {@code [rows, candidates]} have in common, the mean product of their coordinates.
   *
   * @param vectors of each id; that of 0, which is padding, should be of zeros
   */
  public static Path sequence(Path folder, float[][] vectors) {
    return write(
        folder,
        GraphProto.newBuilder()
            .addInput(value("input_ids", INT64, FREE, FREE))
            .addInput(value("candidate_ids", INT64, FREE, FREE))
            .addInitializer(TinyModel.tensor("vectors", vectors))
            .addNode(node("Gather", "bought", "vectors", "input_ids"))
            .addNode(node("Gather", "candidates", "vectors", "candidate_ids"))
            .addNode(
                node("ReduceMean", "person", "bought").toBuilder()
                    .addAttribute(AttributeProto.newBuilder().setName("axes").setType(7).addInts(1))
                    .addAttribute(integer("keepdims", 1))
                    .build())
            .addNode(node("Mul", "common", "candidates", "person"))
            .addNode(
                node("ReduceMean", "scores", "common").toBuilder()
                    .addAttribute(AttributeProto.newBuilder().setName("axes").setType(7).addInts(2))
                    .addAttribute(integer("keepdims", 0))
                    .build())
            .addOutput(value("scores", FLOAT, FREE, FREE)));
  }

  private static Path write(Path folder, GraphProto.Builder graph) {
    ModelFolders.write(
        folder,
        "model.onnx",
        ModelProto.newBuilder()
            .setIrVersion(7)
            .setGraph(graph.setName("raw"))
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
            .build()
            .toByteArray());
    return folder;
  }

  private static NodeProto greatest(String output, String input, int axis) {
    return node("ReduceMax", output, input).toBuilder()
        .addAttribute(AttributeProto.newBuilder().setName("axes").setType(7).addInts(axis))
        .addAttribute(integer("keepdims", 1))
        .build();
  }

  private static NodeProto node(String operator, String output, String... inputs) {
    return TinyModel.node(operator, output, inputs).build();
  }

  private static AttributeProto integer(String name, long value) {
    return TinyModel.integer(name, value).build();
  }

  private static ValueInfoProto value(String name, int type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.length; i++) {
      dimensions.addDim(
          shape[i] == FREE
              ? TensorShapeProto.Dimension.newBuilder().setDimParam(name + i)
              : TensorShapeProto.Dimension.newBuilder().setDimValue(shape[i]));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
        .build();
  }
}
