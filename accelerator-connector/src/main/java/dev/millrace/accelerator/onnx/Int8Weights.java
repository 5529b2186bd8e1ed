package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.RowQuantiser.QuantisedWeights;
import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the matrix products of a float32 graph products of int8: weights are quantised here, by
 * column and symmetrically, activations by row while the graph runs. Products of two activations,
 * as in attention, stay float32.
 */
final class Int8Weights implements GraphRewrite {

  private static final int LEVELS = 127;
  private static final float LEAST_SCALE = 1e-30f;
  private static final String PREFIX = "millrace/int8/";

  @Override
  public String identity() {
    return "int8-weights 1";
  }

  @Override
  public boolean apply(ModelProto.Builder model, Model named) {
    GraphEditor editor = new GraphEditor(model);
    RowQuantiser quantiser = new RowQuantiser(editor);
    Weights weights = new Weights(named);
    Map<String, QuantisedWeights> made = new HashMap<>();
    return editor.apply(
            PREFIX,
            (node, nodes) -> {
              boolean gemm = isPlainGemm(node);
              if (!gemm && !node.getOpType().equals("MatMul")) {
                return false;
              }
              boolean transposed = gemm && integer(node, "transB") == 1;
              String name = node.getInput(1);
              TensorProto values = matrix(editor.constant(name));
              if (values == null) {
                return false;
              }
              QuantisedWeights quantised =
                  made.computeIfAbsent(
                      name + (transposed ? "/transposed" : ""),
                      key -> quantise(editor, PREFIX + key, values, weights, transposed));
              String output = node.getOutput(0);
              boolean biased = gemm && node.getInputCount() > 2 && !node.getInput(2).isEmpty();
              String product = biased ? PREFIX + output : output;
              quantiser.product(nodes, node.getInput(0), quantised, product);
              if (biased) {
                nodes.plusAs(output, product, node.getInput(2));
              }
              return true;
            })
        > 0;
  }

  /**
   * Checks that there is something to make int8.
   *
   * @throws AcceleratorException of category MODEL that says what there is instead
   */
  static void requirePossible(ModelProto.Builder model, Model named) {
    GraphEditor editor = new GraphEditor(model);
    int possible = 0;
    SortedSet<String> others = new TreeSet<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getOpType().equals("MatMul") || node.getOpType().equals("Gemm")) {
        TensorProto weights = editor.constant(node.getInput(1));
        if (matrix(weights) != null) {
          possible++;
        } else if (weights != null) {
          others.add(node.getOpType() + " with weights of the ONNX type " + weights.getDataType());
        }
      } else if (node.getOpType().contains("MatMul")) {
        others.add(node.getOpType());
      }
    }
    if (possible == 0) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + named.name()
              + "' cannot run in the precision int8: it has no matrix product with constant weights"
              + " of float32. It has "
              + (others.isEmpty() ? "no other products with weights" : String.join(", ", others))
              + ". Export it in float32, or leave it its own precision (precision model).");
    }
  }

  private static @Nullable TensorProto matrix(@Nullable TensorProto tensor) {
    return tensor != null
            && tensor.getDimsCount() == 2
            && tensor.getDataType() == NodeList.FLOAT
            && tensor.getDims(0) * tensor.getDims(1) > 0
        ? tensor
        : null;
  }

  private static boolean isPlainGemm(NodeProto node) {
    return node.getOpType().equals("Gemm")
        && integer(node, "transA") == 0
        && node.getAttributeList().stream()
            .noneMatch(
                attribute ->
                    (attribute.getName().equals("alpha") || attribute.getName().equals("beta"))
                        && attribute.getF() != 1);
  }

  private static long integer(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .mapToLong(AttributeProto::getI)
        .findFirst()
        .orElse(0);
  }

  private static QuantisedWeights quantise(
      GraphEditor editor, String name, TensorProto tensor, Weights weights, boolean transposed) {
    float[] values = weights.floats(tensor);
    int rows = Math.toIntExact(tensor.getDims(0));
    int columns = Math.toIntExact(tensor.getDims(1));
    if (transposed) {
      values = transpose(values, rows, columns);
      int swapped = rows;
      rows = columns;
      columns = swapped;
    }
    float[] scales = new float[columns];
    for (int i = 0; i < values.length; i++) {
      scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]));
    }
    ByteBuffer scaleBytes =
        ByteBuffer.allocate(columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int column = 0; column < columns; column++) {
      scales[column] = Math.max(scales[column] / LEVELS, LEAST_SCALE);
      scaleBytes.putFloat(scales[column]);
    }
    byte[] quantised = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      quantised[i] = (byte) Math.rint(values[i] / scales[i % columns]);
    }
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(NodeList.INT8)
            .addDims(rows)
            .addDims(columns)
            .setRawData(ByteString.copyFrom(quantised))
            .build());
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(name + "/scale")
            .setDataType(NodeList.FLOAT)
            .addDims(columns)
            .setRawData(ByteString.copyFrom(scaleBytes.flip()))
            .build());
    return new QuantisedWeights(name, name + "/scale", null, rows);
  }

  private static float[] transpose(float[] values, int rows, int columns) {
    float[] transposed = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = values[row * columns + column];
      }
    }
    return transposed;
  }
}
