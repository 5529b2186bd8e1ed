package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.FunctionProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProtoOrBuilder;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a graph quantises a whole batch with one scale, which the batch's rows and its padding
 * decide together. Then a row's answer depends on the rows beside it.
 */
final class BatchQuantisation {

  /** Operators that take the scale from all the values that they are given. */
  private static final Set<String> BY_BATCH =
      Set.of("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM");

  /** Takes the scale of its activations as its third input: harmless if that is a constant. */
  private static final String GIVEN_SCALE = "MatMulIntegerToFloat";

  private static final int SCALE_INPUT = 2;

  private BatchQuantisation() {}

  static boolean isIn(ModelProtoOrBuilder model) {
    return isIn(model.getGraph(), Set.of())
        || model.getFunctionsList().stream()
            .map(FunctionProto::getNodeList)
            .anyMatch(nodes -> isIn(nodes, constants(nodes)));
  }

  private static boolean isIn(GraphProto graph, Set<String> outerConstants) {
    Set<String> constants = new HashSet<>(outerConstants);
    graph.getInitializerList().stream().map(TensorProto::getName).forEach(constants::add);
    constants.addAll(constants(graph.getNodeList()));
    return isIn(graph.getNodeList(), constants);
  }

  private static boolean isIn(List<NodeProto> nodes, Set<String> constants) {
    for (NodeProto node : nodes) {
      if (BY_BATCH.contains(node.getOpType())
          || (node.getOpType().equals(GIVEN_SCALE)
              && node.getInputCount() > SCALE_INPUT
              && !constants.contains(node.getInput(SCALE_INPUT)))) {
        return true;
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG() && isIn(attribute.getG(), constants)) {
          return true;
        }
        for (GraphProto graph : attribute.getGraphsList()) {
          if (isIn(graph, constants)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static Set<String> constants(List<NodeProto> nodes) {
    Set<String> names = new HashSet<>();
    for (NodeProto node : nodes) {
      if (node.getOpType().equals("Constant")) {
        names.addAll(node.getOutputList());
      }
    }
    return names;
  }
}
