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
import java.util.HashMap;
import java.util.List;
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
  private static final int UNSIGNED_ZERO = 128;
  private static final float LEAST_SCALE = 1e-30f;
  private static final String PREFIX = "millrace/int8/";

  private final ChannelScales.Ranges ranges;
  private final boolean unsigned;

  /**
   * @param ranges how to find the channels that stand out
   * @param unsigned whether the same weights are written as unsigned bytes around 128: the products
   *     are the same numbers, computed by other instructions
   */
  Int8Weights(ChannelScales.Ranges ranges, boolean unsigned) {
    this.ranges = ranges;
    this.unsigned = unsigned;
  }

  @Override
  public String identity() {
    return "int8-weights 2";
  }

  @Override
  public boolean apply(ModelProto.Builder model, Model named) {
    GraphEditor editor = new GraphEditor(model);
    Map<String, float[]> factors = ChannelScales.of(model, products(model, editor), ranges, named);
    RowQuantiser quantiser = new RowQuantiser(editor, factors);
    Weights weights = new Weights(named);
    Map<String, QuantisedWeights> made = new HashMap<>();
    return editor.apply(
            PREFIX,
            (node, nodes) -> {
              TensorProto values = weights(editor, node);
              if (values == null) {
                return false;
              }
              boolean gemm = node.getOpType().equals("Gemm");
              boolean transposed = gemm && integer(node, "transB") == 1;
              String name = node.getInput(1);
              String activations = node.getInput(0);
              QuantisedWeights quantised =
                  made.computeIfAbsent(
                      name + (transposed ? "/transposed" : ""),
                      key ->
                          quantise(
                              editor,
                              PREFIX + key,
                              evened(
                                  Matrix.of(values, weights, transposed),
                                  factors.get(activations))));
              String output = node.getOutput(0);
              boolean biased = gemm && node.getInputCount() > 2 && !node.getInput(2).isEmpty();
              String product = biased ? PREFIX + output : output;
              quantiser.product(nodes, activations, quantised, product);
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

  private static List<ChannelScales.Product> products(
      ModelProto.Builder model, GraphEditor editor) {
    return model.getGraph().getNodeList().stream()
        .filter(node -> weights(editor, node) != null)
        .map(node -> new ChannelScales.Product(node.getInput(0), node.getInput(1)))
        .toList();
  }

  /** The weights of a product that can be made int8; null if it is none. */
  private static @Nullable TensorProto weights(GraphEditor editor, NodeProto node) {
    return node.getOpType().equals("MatMul") || isPlainGemm(node)
        ? matrix(editor.constant(node.getInput(1)))
        : null;
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

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Matrix(float[] values, int rows, int columns) {

    static Matrix of(TensorProto tensor, Weights weights, boolean transposed) {
      float[] values = weights.floats(tensor);
      int rows = Math.toIntExact(tensor.getDims(0));
      int columns = Math.toIntExact(tensor.getDims(1));
      return transposed
          ? new Matrix(transpose(values, rows, columns), columns, rows)
          : new Matrix(values, rows, columns);
    }
  }

  /** The weights for activations whose channels are multiplied by these factors. */
  private static Matrix evened(Matrix matrix, float @Nullable [] factors) {
    if (factors == null) {
      return matrix;
    }
    float[] values = new float[matrix.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix.values()[i] / factors[i / matrix.columns()];
    }
    return new Matrix(values, matrix.rows(), matrix.columns());
  }

  private QuantisedWeights quantise(GraphEditor editor, String name, Matrix matrix) {
    float[] values = matrix.values();
    int columns = matrix.columns();
    float[] scales = new float[columns];
    for (int i = 0; i < values.length; i++) {
      scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]));
    }
    for (int column = 0; column < columns; column++) {
      scales[column] = Math.max(scales[column] / LEVELS, LEAST_SCALE);
    }
    byte[] quantised = new byte[values.length];
    int zero = unsigned ? UNSIGNED_ZERO : 0;
    for (int i = 0; i < values.length; i++) {
      quantised[i] = (byte) (zero + (int) Math.rint(values[i] / scales[i % columns]));
    }
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(unsigned ? NodeList.UINT8 : NodeList.INT8)
            .addDims(matrix.rows())
            .addDims(columns)
            .setRawData(ByteString.copyFrom(quantised))
            .build());
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(name + "/scale")
            .setDataType(NodeList.FLOAT)
            .addDims(columns)
            .setRawData(Weights.bytes(scales))
            .build());
    return new QuantisedWeights(
        name, name + "/scale", unsigned ? zeroPoint(editor, name) : null, matrix.rows());
  }

  private static String zeroPoint(GraphEditor editor, String name) {
    String zeroPoint = name + "/zero";
    editor.addWeight(
        TensorProto.newBuilder()
            .setName(zeroPoint)
            .setDataType(NodeList.UINT8)
            .setRawData(ByteString.copyFrom(new byte[] {(byte) UNSIGNED_ZERO}))
            .build());
    return zeroPoint;
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
