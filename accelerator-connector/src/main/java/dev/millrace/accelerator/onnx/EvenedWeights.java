package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import org.jspecify.annotations.Nullable;

/**
 * Weights that are 8-bit integers already, made larger row by row. Quantisers often leave half of
 * the range unused, lest processors without the instructions for it overflow; a doubling of that is
 * exact.
 */
final class EvenedWeights {

  /** Steps that a few weights may be cut by: less than what quantising them cost. */
  private static final int SLACK = 4;

  private final TensorProto tensor;
  private final byte[] values;
  private final byte @Nullable [] zeroPoints;
  private final int columns;
  private final int least;

  private EvenedWeights(TensorProto tensor, byte[] values, byte @Nullable [] zeroPoints) {
    this.tensor = tensor;
    this.values = values;
    this.zeroPoints = zeroPoints;
    this.columns = (int) tensor.getDims(1);
    this.least = tensor.getDataType() == NodeList.INT8 ? Byte.MIN_VALUE : 0;
  }

  /**
   * Reads weights {@code [K, N]}.
   *
   * @param zeroPoint null if it is 0
   * @return null if the weights are kept in a form that this class does not read
   */
  static @Nullable EvenedWeights of(TensorProto tensor, @Nullable TensorProto zeroPoint) {
    byte[] values = Weights.bytesInGraph(tensor);
    byte[] zeroPoints = zeroPoint == null ? null : Weights.bytesInGraph(zeroPoint);
    boolean read =
        (tensor.getDataType() == NodeList.INT8 || tensor.getDataType() == NodeList.UINT8)
            && values.length == tensor.getDims(0) * tensor.getDims(1)
            && (zeroPoints == null
                || zeroPoints.length == 1
                || zeroPoints.length == tensor.getDims(1));
    return read ? new EvenedWeights(tensor, values, zeroPoints) : null;
  }

  /** Raises the factors to what the range of these weights has room for. */
  void limit(float[] factors) {
    for (int row = 0; row < factors.length; row++) {
      while (factors[row] < 1 && overflow(row, factors[row]) > SLACK) {
        factors[row] *= 2;
      }
    }
  }

  private int overflow(int row, float factor) {
    int most = 0;
    for (int i = row * columns; i < (row + 1) * columns; i++) {
      int value = raised(i, factor);
      most = Math.max(most, Math.max(value - (least + 255), least - value));
    }
    return most;
  }

  /** The weights for activations whose channels are multiplied by these factors. */
  TensorProto dividedBy(float[] factors, String name) {
    byte[] divided = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      int value = raised(i, factors[i / columns]);
      divided[i] = (byte) Math.max(least, Math.min(least + 255, value));
    }
    return tensor.toBuilder()
        .setName(name)
        .clearInt32Data()
        .setRawData(ByteString.copyFrom(divided))
        .build();
  }

  private int raised(int index, float factor) {
    int zero = zeroPoints == null ? 0 : integer(zeroPoints[index % columns % zeroPoints.length]);
    return zero + (int) ((integer(values[index]) - zero) / factor);
  }

  private int integer(byte value) {
    return least == 0 ? Byte.toUnsignedInt(value) : value;
  }
}
