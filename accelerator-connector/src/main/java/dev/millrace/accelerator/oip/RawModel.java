package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse.TensorMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A server's model that is used as it is: its metadata as a signature. */
final class RawModel {

  /** By the protocol's names. */
  private static final Map<String, ElementType> TYPES =
      Map.of(
          "BOOL", ElementType.BOOL,
          "INT8", ElementType.INT8,
          "UINT8", ElementType.UINT8,
          "INT16", ElementType.INT16,
          "INT32", ElementType.INT32,
          "INT64", ElementType.INT64,
          "FP32", ElementType.FLOAT32,
          "FP64", ElementType.FLOAT64,
          "BYTES", ElementType.UTF8);

  private RawModel() {}

  /**
   * The signature. Outputs of other types, and those that have no dimension for the rows, are left
   * out.
   *
   * @param server what messages call it
   * @throws AcceleratorException of category CONFIGURATION that names all inputs that cannot be
   *     filled
   */
  static Signature signature(String server, ModelMetadataResponse metadata) {
    List<TensorSpec> inputs = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (TensorMetadata input : metadata.getInputsList()) {
      TensorSpec spec = spec(input);
      if (spec == null) {
        problems.add(input.getName() + " " + input.getDatatype() + input.getShapeList());
      } else {
        inputs.add(spec);
      }
    }
    if (!problems.isEmpty()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          server
              + " cannot be used as it is, since these inputs cannot be filled: "
              + String.join(", ", problems)
              + ". Inputs are tensors [rows, ...] of "
              + String.join(", ", new TreeSet<>(TYPES.keySet()))
              + ", with rows free (-1) or 1.");
    }
    Set<String> read = inputs.stream().map(TensorSpec::name).collect(Collectors.toSet());
    List<TensorSpec> outputs = new ArrayList<>();
    for (TensorMetadata output : metadata.getOutputsList()) {
      TensorSpec spec = spec(output);
      if (spec != null && !read.contains(spec.name())) {
        outputs.add(spec);
      }
    }
    return new Signature(inputs, outputs);
  }

  private static @Nullable TensorSpec spec(TensorMetadata tensor) {
    ElementType type = TYPES.get(tensor.getDatatype());
    if (type == null || tensor.getShapeCount() == 0) {
      return null;
    }
    long rows = tensor.getShape(0);
    return rows == TensorSpec.FREE || rows == 1
        ? new TensorSpec(tensor.getName(), type, tensor.getShapeList())
        : null;
  }

  /** What the protocol calls a type. */
  static String nameOf(ElementType type) {
    for (Map.Entry<String, ElementType> known : TYPES.entrySet()) {
      if (known.getValue() == type) {
        return known.getKey();
      }
    }
    throw new IllegalArgumentException("The protocol is not spoken with " + type);
  }
}
