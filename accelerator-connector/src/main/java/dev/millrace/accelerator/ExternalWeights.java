package dev.millrace.accelerator;

import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.StringStringEntryProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds the files of weights that a graph points at. */
final class ExternalWeights {

  /** The value of a tensor's {@code data_location} that says: in a file of its own. */
  private static final int EXTERNAL = 1;

  private final SortedSet<String> locations = new TreeSet<>();

  private ExternalWeights() {}

  /** The files, as the graph names them: relative to the folder that it lies in. */
  static SortedSet<String> of(GraphProto graph) {
    ExternalWeights weights = new ExternalWeights();
    weights.visit(graph);
    return weights.locations;
  }

  private void visit(GraphProto graph) {
    graph.getInitializerList().forEach(this::visit);
    visit(graph.getNodeList());
  }

  private void visit(List<NodeProto> nodes) {
    for (NodeProto node : nodes) {
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasT()) {
          visit(attribute.getT());
        }
        if (attribute.hasG()) {
          visit(attribute.getG());
        }
        attribute.getGraphsList().forEach(this::visit);
      }
    }
  }

  private void visit(TensorProto tensor) {
    if (tensor.getDataLocation() == EXTERNAL) {
      for (StringStringEntryProto entry : tensor.getExternalDataList()) {
        if (entry.getKey().equals("location")) {
          locations.add(entry.getValue());
        }
      }
    }
  }
}
