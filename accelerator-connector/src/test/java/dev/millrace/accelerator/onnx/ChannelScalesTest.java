package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import org.junit.jupiter.api.Test;

class ChannelScalesTest {

  @Test
  void onlyWhatStandsOutIsMadeSmaller() {
    assertThat(ChannelScales.of(new float[] {1, 1.5f, 0.5f, 16, 1}))
        .containsExactly(1, 1, 1, 1f / 8, 1);
  }

  @Test
  void whatStandsOutByLittleIsNotWorthAPass() {
    assertThat(ChannelScales.of(new float[] {1, 1, 1, 4})).isNull();
    assertThat(ChannelScales.of(new float[] {0, 0, 0, 4})).isNull();
    assertThat(ChannelScales.of(new float[] {1, 1, 1, Float.NaN})).isNull();
  }

  @Test
  void integersAreRaisedAsFarAsTheyHaveRoom() {
    EvenedWeights weights =
        requireNonNull(EvenedWeights.of(weights(64, -60, 3, 127, 20, -31), zeroPoint(0)));
    float[] factors = {1f / 4, 1f / 4, 1f / 4};
    weights.limit(factors);
    assertThat(factors).containsExactly(1f / 2, 1, 1f / 4);
    assertThat(weights.dividedBy(factors, "raised").getRawData().toByteArray())
        .containsExactly(127, -120, 3, 127, 80, -124);
  }

  @Test
  void integersAreRaisedAboutTheirZeroPoint() {
    EvenedWeights weights =
        requireNonNull(EvenedWeights.of(weights(10, 20, -30, 40, 5, 5), zeroPoint(5)));
    assertThat(weights.dividedBy(new float[] {1f / 2, 1, 1f / 2}, "x").getRawData().toByteArray())
        .containsExactly(15, 35, -30, 40, 5, 5);
  }

  private static TensorProto weights(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return TensorProto.newBuilder()
        .setDataType(NodeList.INT8)
        .addDims(values.length / 2)
        .addDims(2)
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  /** As ONNX Runtime's quantiser writes it. */
  private static TensorProto zeroPoint(int value) {
    return TensorProto.newBuilder().setDataType(NodeList.INT8).addInt32Data(value).build();
  }
}
