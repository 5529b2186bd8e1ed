package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.TensorShapeProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.util.Set;

/** The one output that a graph is left with: some floats for each row. */
final class RowOutput {

  /** FLOAT, FLOAT16, DOUBLE, BFLOAT16. */
  private static final Set<Integer> FLOATS = Set.of(1, 10, 11, 16);

  private RowOutput() {}

  /** Makes a value, float {@code [rows, n]}, the one output. */
  static void replace(GraphProto.Builder graph, NodeList nodes, String value, String wanted) {
    String name = isTaken(graph, wanted) ? "millrace/" + wanted : wanted;
    nodes.identity(value, name);
    graph
        .clearOutput()
        .addOutput(
            ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                    TypeProto.newBuilder()
                        .setTensorType(
                            TypeProto.Tensor.newBuilder()
                                .setElemType(NodeList.FLOAT)
                                .setShape(
                                    TensorShapeProto.newBuilder()
                                        .addDim(dimension("millrace_rows"))
                                        .addDim(dimension("millrace_dimensions"))))));
  }

  private static TensorShapeProto.Dimension dimension(String name) {
    return TensorShapeProto.Dimension.newBuilder().setDimParam(name).build();
  }

  private static boolean isTaken(GraphProto.Builder graph, String name) {
    return graph.getNodeList().stream().anyMatch(node -> node.getOutputList().contains(name))
        || graph.getInputList().stream().anyMatch(input -> input.getName().equals(name))
        || graph.getInitializerList().stream().anyMatch(tensor -> tensor.getName().equals(name));
  }

  /** Whether it is of floats and has that rank, or does not say which it has. */
  static boolean mayHaveRank(ValueInfoProto value, int rank) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    return FLOATS.contains(tensor.getElemType())
        && (!tensor.hasShape() || tensor.getShape().getDimCount() == rank);
  }

  static String asFloat(NodeList nodes, ValueInfoProto output) {
    return output.getType().getTensorType().getElemType() == NodeList.FLOAT
        ? output.getName()
        : nodes.cast(output.getName(), NodeList.FLOAT);
  }
}
