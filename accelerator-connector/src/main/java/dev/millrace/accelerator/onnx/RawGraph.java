package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxJavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.TensorShapeProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A graph that is used as it is: its inputs and outputs as its file declares them. Outputs that are
 * no tensors of a known type and a known number of dimensions are left out, and so are those that
 * have no dimension for the rows.
 *
 * @param quantisesByBatch whether a row's answer depends on the rows beside it
 */
record RawGraph(Signature signature, boolean quantisesByBatch) {

  /** By ONNX's own numbers. */
  private static final Map<Integer, ElementType> TYPES =
      Map.of(
          1, ElementType.FLOAT32,
          2, ElementType.UINT8,
          3, ElementType.INT8,
          5, ElementType.INT16,
          6, ElementType.INT32,
          7, ElementType.INT64,
          8, ElementType.UTF8,
          9, ElementType.BOOL,
          11, ElementType.FLOAT64);

  /**
   * Reads a graph's declaration.
   *
   * @throws AcceleratorException of category MODEL that names all inputs that cannot be filled; of
   *     category CONFIGURATION if another precision is asked for
   */
  static RawGraph of(Model model, SessionOptions options) {
    if (options.precision() == Precision.INT8) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The model '"
              + model.name()
              + "' is used as it is, so it has no other precision than its own: leave it that"
              + " (precision model).");
    }
    ModelProto graph;
    try {
      graph = ModelProto.parseFrom(model.graph());
    } catch (InvalidProtocolBufferException malformed) {
      throw new AcceleratorException(
          Category.MODEL,
          "The graph of the model '" + model.name() + "' is not ONNX: " + malformed.getMessage(),
          malformed);
    }
    Set<String> weights =
        graph.getGraph().getInitializerList().stream()
            .map(TensorProto::getName)
            .collect(Collectors.toSet());
    List<TensorSpec> inputs = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (ValueInfoProto input : graph.getGraph().getInputList()) {
      if (!weights.contains(input.getName())) {
        TensorSpec spec = spec(input);
        if (spec == null) {
          problems.add("its input '" + input.getName() + "' " + whyNot(input));
        } else {
          inputs.add(spec);
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + model.name()
              + "' cannot be used as it is: "
              + String.join("; ", problems)
              + ". Inputs are tensors [rows, ...] of "
              + TYPES.values().stream().sorted().map(Enum::name).collect(Collectors.joining(", "))
              + ", with rows free or 1.");
    }
    Set<String> read = inputs.stream().map(TensorSpec::name).collect(Collectors.toSet());
    List<TensorSpec> outputs = new ArrayList<>();
    for (ValueInfoProto output : graph.getGraph().getOutputList()) {
      TensorSpec spec = spec(output);
      if (spec != null && !read.contains(spec.name())) {
        outputs.add(spec);
      }
    }
    return new RawGraph(new Signature(inputs, outputs), BatchQuantisation.isIn(graph));
  }

  private static @Nullable TensorSpec spec(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    ElementType type = TYPES.get(tensor.getElemType());
    if (type == null || !tensor.hasShape() || tensor.getShape().getDimCount() == 0) {
      return null;
    }
    List<Long> shape = new ArrayList<>();
    for (TensorShapeProto.Dimension dimension : tensor.getShape().getDimList()) {
      shape.add(dimension.getDimValue() > 0 ? dimension.getDimValue() : TensorSpec.FREE);
    }
    return shape.get(0) == TensorSpec.FREE || shape.get(0) == 1
        ? new TensorSpec(value.getName(), type, shape)
        : null;
  }

  private static String whyNot(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    if (!TYPES.containsKey(tensor.getElemType())) {
      return "has ONNX's element type " + tensor.getElemType() + " or is no tensor";
    }
    if (!tensor.hasShape() || tensor.getShape().getDimCount() == 0) {
      return "has no dimension for the rows, or does not say its shape";
    }
    return "takes " + tensor.getShape().getDim(0).getDimValue() + " rows, no more and no fewer";
  }

  static OnnxJavaType javaType(ElementType type) {
    return switch (type) {
      case BOOL -> OnnxJavaType.BOOL;
      case INT8 -> OnnxJavaType.INT8;
      case UINT8 -> OnnxJavaType.UINT8;
      case INT16 -> OnnxJavaType.INT16;
      case INT32 -> OnnxJavaType.INT32;
      case INT64 -> OnnxJavaType.INT64;
      case FLOAT32 -> OnnxJavaType.FLOAT;
      case FLOAT64 -> OnnxJavaType.DOUBLE;
      case UTF8 -> OnnxJavaType.STRING;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
    };
  }
}
