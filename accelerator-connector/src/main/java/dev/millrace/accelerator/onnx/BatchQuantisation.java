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
import java.util.SortedSet;
import java.util.TreeSet;

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
    return !operatorsIn(model).isEmpty();
  }

  /** The types of the operators that quantise by batch, sorted. */
  static SortedSet<String> operatorsIn(ModelProtoOrBuilder model) {
    SortedSet<String> found = new TreeSet<>();
    find(model.getGraph(), Set.of(), found);
    model.getFunctionsList().stream()
        .map(FunctionProto::getNodeList)
        .forEach(nodes -> find(nodes, constants(nodes), found));
    return found;
  }

  private static void find(GraphProto graph, Set<String> outerConstants, Set<String> found) {
    Set<String> constants = new HashSet<>(outerConstants);
    graph.getInitializerList().stream().map(TensorProto::getName).forEach(constants::add);
    constants.addAll(constants(graph.getNodeList()));
    find(graph.getNodeList(), constants, found);
  }

  private static void find(List<NodeProto> nodes, Set<String> constants, Set<String> found) {
    for (NodeProto node : nodes) {
      if (BY_BATCH.contains(node.getOpType())
          || (node.getOpType().equals(GIVEN_SCALE)
              && node.getInputCount() > SCALE_INPUT
              && !constants.contains(node.getInput(SCALE_INPUT)))) {
        found.add(node.getOpType());
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          find(attribute.getG(), constants, found);
        }
        attribute.getGraphsList().forEach(graph -> find(graph, constants, found));
      }
    }
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
