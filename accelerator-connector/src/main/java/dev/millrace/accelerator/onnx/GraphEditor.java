package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.OperatorSetIdProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Replaces operators of a graph by others that give a value of the same name.
 *
 * <p>A rule looks at one operator after the other, in the graph's order. Where it finds the last
 * one of a pattern it appends what shall stand there and gives the pattern's value its old name.
 * Operators whose values nobody reads any more go at the end; those that others read stay, so a
 * rule need not ask who reads what is inside a pattern.
 */
final class GraphEditor {

  /** The oldest version of the format in which weights need not be declared as inputs. */
  private static final int IR_WITHOUT_DECLARED_WEIGHTS = 4;

  private final ModelProto.Builder model;
  private final GraphProto.Builder graph;
  private final Map<String, TensorProto> constants = new HashMap<>();
  private final Map<String, NodeProto> producers = new HashMap<>();

  GraphEditor(ModelProto.Builder model) {
    this.model = model;
    this.graph = model.getGraphBuilder();
    graph.getInitializerList().forEach(tensor -> constants.put(tensor.getName(), tensor));
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> producers.put(output, node));
      if (node.getOpType().equals("Constant")) {
        for (AttributeProto attribute : node.getAttributeList()) {
          if (attribute.hasT()) {
            constants.put(node.getOutput(0), attribute.getT());
          }
        }
      }
    }
  }

  /**
   * Applies a rule to every operator.
   *
   * @param prefix begins the names of all values that the rule makes; no other rule's does
   * @param rule true if it has appended an operator that gives the value of the one it was shown
   * @return how many operators were replaced
   */
  int apply(String prefix, BiPredicate<NodeProto, NodeList> rule) {
    List<NodeProto> edited = new ArrayList<>(graph.getNodeCount());
    NodeList added = new NodeList(edited::add, Opsets.standard(model), prefix);
    int replaced = 0;
    for (NodeProto node : graph.getNodeList()) {
      if (rule.test(node, added)) {
        replaced++;
      } else {
        edited.add(node);
      }
    }
    if (replaced > 0) {
      graph.clearNode().addAllNode(withoutUnread(edited));
      requireMicrosoftOperators();
      keepOnlyReadWeights();
    }
    return replaced;
  }

  /** The operator of that type that gives the value; null if it is given by something else. */
  @Nullable NodeProto producer(String value, String operator) {
    NodeProto node = producers.get(value);
    while (node != null
        && node.getOpType().equals("Identity")
        && !operator.equals("Identity")
        && node.getInputCount() == 1) {
      node = producers.get(node.getInput(0));
    }
    return node != null && node.getOpType().equals(operator) ? node : null;
  }

  /** One of a node's two inputs that an operator of that type gives; null if neither is. */
  @Nullable NodeProto eitherProducer(NodeProto node, String operator) {
    if (node.getInputCount() != 2) {
      return null;
    }
    NodeProto first = producer(node.getInput(0), operator);
    return first != null ? first : producer(node.getInput(1), operator);
  }

  /** The input beside the one that {@code producer} gives. */
  String otherInput(NodeProto node, NodeProto producer) {
    NodeProto first = producer(node.getInput(0), producer.getOpType());
    boolean isFirst = first != null && first.getOutput(0).equals(producer.getOutput(0));
    return node.getInput(isFirst ? 1 : 0);
  }

  /** The value if it is a constant, else null. It may lie in a file: see {@link Weights}. */
  @Nullable TensorProto constant(String value) {
    TensorProto constant = constants.get(value);
    NodeProto node = producers.get(value);
    while (constant == null && node != null && node.getOpType().equals("Identity")) {
      constant = constants.get(node.getInput(0));
      node = producers.get(node.getInput(0));
    }
    return constant;
  }

  /** The float32 constant of one element that the value is; NaN if it is something else. */
  float scalar(String value) {
    TensorProto constant = constant(value);
    if (constant == null || constant.getDataType() != NodeList.FLOAT) {
      return Float.NaN;
    }
    if (constant.getFloatDataCount() == 1) {
      return constant.getFloatData(0);
    }
    return constant.getRawData().size() == Float.BYTES
        ? constant.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat()
        : Float.NaN;
  }

  /** Adds a weight, whose name must be new. */
  void addWeight(TensorProto tensor) {
    graph.addInitializer(tensor);
    constants.put(tensor.getName(), tensor);
  }

  private List<NodeProto> withoutUnread(List<NodeProto> nodes) {
    Set<String> read = new HashSet<>();
    graph.getOutputList().stream().map(ValueInfoProto::getName).forEach(read::add);
    List<NodeProto> kept = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      NodeProto node = nodes.get(i);
      if (node.getOutputList().stream().anyMatch(read::contains)) {
        kept.add(node);
        addAllRead(node, read);
      }
    }
    Collections.reverse(kept);
    return kept;
  }

  private static void addAllRead(NodeProto node, Collection<String> read) {
    read.addAll(node.getInputList());
    for (AttributeProto attribute : node.getAttributeList()) {
      List<GraphProto> inner = new ArrayList<>(attribute.getGraphsList());
      if (attribute.hasG()) {
        inner.add(attribute.getG());
      }
      for (GraphProto branch : inner) {
        branch.getOutputList().forEach(output -> read.add(output.getName()));
        branch.getNodeList().forEach(node2 -> addAllRead(node2, read));
      }
    }
  }

  private void requireMicrosoftOperators() {
    if (model.getOpsetImportList().stream()
        .noneMatch(set -> set.getDomain().equals(NodeList.MICROSOFT))) {
      model.addOpsetImport(
          OperatorSetIdProto.newBuilder().setDomain(NodeList.MICROSOFT).setVersion(1));
    }
    model.setIrVersion(Math.max(model.getIrVersion(), IR_WITHOUT_DECLARED_WEIGHTS));
  }

  private void keepOnlyReadWeights() {
    Set<String> read = new HashSet<>();
    graph.getOutputList().stream().map(ValueInfoProto::getName).forEach(read::add);
    graph.getNodeList().forEach(node -> addAllRead(node, read));
    List<TensorProto> weights =
        graph.getInitializerList().stream()
            .filter(tensor -> read.contains(tensor.getName()))
            .toList();
    // A weight that is declared as an input could be given anew with each run, so the runtime
    // would not lay it out for its kernels beforehand.
    List<ValueInfoProto> inputs =
        graph.getInputList().stream().filter(input -> !isWeight(input.getName())).toList();
    graph.clearInitializer().addAllInitializer(weights);
    graph.clearInput().addAllInput(inputs);
  }

  private boolean isWeight(String name) {
    return constants.containsKey(name) && !producers.containsKey(name);
  }
}
