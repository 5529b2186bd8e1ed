package dev.millrace.accelerator.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model's graph as it is given to the runtime: checked, and with its vector as the one output.
 *
 * @param bytes the graph, serialised
 * @param inputs the names of its inputs
 * @param output the name of its one output, float {@code [rows, dimensions]}
 * @param quantisesByBatch whether a row's answer depends on the rows beside it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: a carrier from here to the runtime.
record PreparedGraph(byte[] bytes, List<String> inputs, String output, boolean quantisesByBatch) {

  /** What is done to a graph, in this order. */
  private static final List<GraphRewrite> REWRITES = List.of(new EmbeddingOutput());

  private static final List<String> REQUIRED =
      List.of(TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK);
  private static final Set<String> KNOWN =
      Set.of(TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK, TextColumns.TOKEN_TYPE_IDS);

  /**
   * Prepares a model.
   *
   * @throws AcceleratorException of category MODEL that names all that is wrong with it
   */
  static PreparedGraph of(Model model) {
    ModelProto.Builder graph = parse(model).toBuilder();
    List<String> inputs = checkInputs(graph, model);
    for (GraphRewrite rewrite : REWRITES) {
      rewrite.apply(graph, model);
    }
    return new PreparedGraph(
        graph.build().toByteArray(),
        inputs,
        graph.getGraph().getOutput(0).getName(),
        BatchQuantisation.isIn(graph));
  }

  private static ModelProto parse(Model model) {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(model.graph()).newCodedInput();
      in.enableAliasing(true);
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AcceleratorException(
          Category.MODEL,
          "The graph of the model '" + model.name() + "' is not ONNX: " + malformed.getMessage(),
          malformed);
    } catch (IOException impossible) {
      throw new IllegalStateException("An array is read without I/O.", impossible);
    }
  }

  private static List<String> checkInputs(ModelProto.Builder model, Model named) {
    List<String> problems = new ArrayList<>();
    long opset = Opsets.standard(model);
    if (opset < Opsets.OLDEST) {
      problems.add(
          "it is written in opset "
              + opset
              + ", and "
              + Opsets.OLDEST
              + " is the oldest that runs");
    }
    Set<String> weights =
        model.getGraph().getInitializerList().stream()
            .map(TensorProto::getName)
            .collect(Collectors.toSet());
    // Old models declare their weights as inputs, too.
    List<ValueInfoProto> inputs =
        model.getGraph().getInputList().stream()
            .filter(input -> !weights.contains(input.getName()))
            .toList();
    List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
    for (String required : REQUIRED) {
      if (!names.contains(required)) {
        problems.add("it has no input '" + required + "'");
      }
    }
    for (ValueInfoProto input : inputs) {
      if (!KNOWN.contains(input.getName())) {
        problems.add("it has the input '" + input.getName() + "', which nothing here can fill");
        continue;
      }
      TypeProto.Tensor tensor = input.getType().getTensorType();
      if (tensor.getElemType() != NodeList.INT64) {
        problems.add("its input '" + input.getName() + "' is not of int64");
      }
      if (tensor.hasShape() && tensor.getShape().getDimCount() != 2) {
        problems.add(
            "its input '"
                + input.getName()
                + "' has "
                + tensor.getShape().getDimCount()
                + " dimensions and not [rows, tokens]");
      }
    }
    if (!problems.isEmpty()) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + named.name()
              + "' cannot be run on texts: "
              + String.join("; ", problems)
              + ". Needed are input_ids and attention_mask, and token_type_ids may be there, each"
              + " int64 [rows, tokens]. Export it for the task feature-extraction.");
    }
    return names;
  }
}
