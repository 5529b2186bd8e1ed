package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of graphs that cannot be rewritten, or come out wrong. */
class RewriteFallbackTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");
  private static final SessionOptions DEFAULTS = SessionOptions.defaults();

  /** Fine for a range of its own, and too coarse for one that is as wide on the other side. */
  /** What counts is small beside what does not. */
  private static final float[][] LOPSIDED = {{1000, 999, 3.9f}, {999, 1000, 3.9f}};

  private static final byte[] LAST_COUNTS = {0, 0, 0, 0, 10, 100};

  /** The same, and only one channel stands out. */
  private static final float[][] ONE_STANDS_OUT = {{1000, 4, 3.9f}, {999, 4, 3.9f}};

  private static final byte[] LAST_TWO_COUNT = {0, 0, 100, 10, 10, 100};

  private static final float[][] EVEN = {{1, 2, 3}, {-3, 1, 2}, {2, -1, -3}};

  @TempDir Path folder;

  @Test
  void theUsualFormIsRewritten() {
    Model model = model(quantised(TinyModel.of(13, EVEN), LAST_TWO_COUNT));
    try (InferenceSession session = Sessions.open(CPU, model, DEFAULTS)) {
      assertThat(session.runsRowsAlone()).isFalse();
      assertThat(session.batchInvariant()).isTrue();
      assertThat(session.digest()).isNotEqualTo(model.digest());
    }
  }

  @Test
  void aRewritingThatFailsItsCheckIsNotUsed() {
    Model model = model(quantised(TinyModel.of(13, LOPSIDED), LAST_COUNTS));
    try (InferenceSession session = Sessions.open(CPU, model, DEFAULTS)) {
      assertThat(session.runsRowsAlone()).isTrue();
      assertThat(session.batchInvariant()).isTrue();
      assertThat(session.digest()).isEqualTo(model.digest());
    }
  }

  @Test
  void aChannelThatStandsOutDoesNotTakeTheLevelsOfTheOthers() {
    Model model = model(quantised(TinyModel.of(13, ONE_STANDS_OUT), LAST_TWO_COUNT));
    try (InferenceSession session = Sessions.open(CPU, model, DEFAULTS)) {
      assertThat(session.runsRowsAlone()).isFalse();
      assertThat(session.digest())
          .isNotEqualTo(model.digest())
          .isEqualTo(Sessions.digest(CPU, model, DEFAULTS));
    }
  }

  @Test
  void anUnusualFormRunsItsRowsAlone() {
    TinyModel unusual = TinyModel.of(13, EVEN);
    unusual.graph().getNodeBuilder(0).setOutput(0, "x");
    unusual
        .graph()
        .addNode(TinyModel.node("DynamicQuantizeLinear", "q", "x").addOutput("s").addOutput("z"))
        .addNode(TinyModel.node("DequantizeLinear", "last_hidden_state", "q", "s", "z"));
    Model model = model(unusual);
    try (InferenceSession session = Sessions.open(CPU, model, DEFAULTS)) {
      assertThat(session.runsRowsAlone()).isTrue();
      assertThat(session.digest()).isEqualTo(model.digest());
    }
  }

  @Test
  void int8ThatIsTooCoarseIsAnError() {
    TinyModel coarse = TinyModel.of(13, new float[][] {{0, 4, 3}, {0, 3, 4}});
    Model model = model(multiplied(coarse, new float[][] {{1000, 1000}, {1, 0.1f}, {0.1f, 1}}));
    AcceleratorException failure = failure(model, DEFAULTS.withPrecision(Precision.INT8));
    assertThat(failure.category()).isEqualTo(Category.MODEL);
    assertThat(failure)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("0.9800 is needed")
        .hasMessageContaining("precision model");
  }

  @Test
  void int8AsShippedExcludeEachOtherForAFloatModel() {
    Model model = model(TinyModel.of(13));
    AcceleratorException failure =
        failure(
            model,
            DEFAULTS.withPrecision(Precision.INT8).withPreparation(GraphPreparation.AS_SHIPPED));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure).hasMessageContaining("as shipped").hasMessageContaining("auto");
  }

  @Test
  void int8NeedsFloatWeights() {
    TinyModel half = TinyModel.of(13, EVEN);
    half.graph().getNodeBuilder(0).setOutput(0, "wide");
    half.graph()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("w")
                .setDataType(TinyModel.FLOAT16)
                .addDims(3)
                .addDims(2)
                .setRawData(ByteString.copyFrom(new byte[12])))
        .addNode(
            TinyModel.node("Cast", "narrow", "wide")
                .addAttribute(TinyModel.integer("to", TinyModel.FLOAT16)))
        .addNode(TinyModel.node("MatMul", "last_hidden_state", "narrow", "w"))
        .setOutput(0, TinyModel.value("last_hidden_state", TinyModel.FLOAT16, 3));
    AcceleratorException failure = failure(model(half), DEFAULTS.withPrecision(Precision.INT8));
    assertThat(failure.category()).isEqualTo(Category.MODEL);
    assertThat(failure)
        .hasMessageContaining("MatMul with weights of the ONNX type 10")
        .hasMessageContaining("float32");
  }

  @Test
  void int8ReadsWeightsBesideTheGraph() {
    float[][] weights = {{1, 0.5f}, {-0.5f, 1}, {0.25f, -1}};
    TinyModel tiny = multiplied(TinyModel.of(13, EVEN), weights);
    byte[] file = tiny.moveWeightsTo("weights.bin");
    ModelFolders.write(folder, "weights.bin", file);
    Model model = model(tiny);
    try (InferenceSession session =
        Sessions.open(CPU, model, DEFAULTS.withPrecision(Precision.INT8))) {
      assertThat(session.digest()).isNotEqualTo(model.digest());
      assertThat(session.signature().outputs()).hasToString("[embedding FLOAT32[?, 2]]");
    }
  }

  private Model model(TinyModel tiny) {
    return Models.resolve(ModelFolders.of(folder, tiny).toString());
  }

  private static AcceleratorException failure(Model model, SessionOptions options) {
    return catchThrowableOfType(
        AcceleratorException.class, () -> Sessions.open(CPU, model, options).close());
  }

  private static TinyModel multiplied(TinyModel tiny, float[][] weights) {
    tiny.graph().getNodeBuilder(0).setOutput(0, "x");
    tiny.graph()
        .addInitializer(TinyModel.tensor("w", weights))
        .addNode(TinyModel.node("MatMul", "last_hidden_state", "x", "w"));
    return tiny;
  }

  /** As ONNX Runtime's dynamic quantisation writes a product with weights. */
  private static TinyModel quantised(TinyModel tiny, byte[] weights) {
    GraphProto.Builder graph = tiny.graph();
    graph.getNodeBuilder(0).setOutput(0, "x");
    graph
        .addInitializer(
            TensorProto.newBuilder()
                .setName("w")
                .setDataType(NodeList.INT8)
                .addDims(3)
                .addDims(2)
                .setRawData(ByteString.copyFrom(weights)))
        .addInitializer(
            TensorProto.newBuilder()
                .setName("w_zero_point")
                .setDataType(NodeList.INT8)
                .setRawData(ByteString.copyFrom(new byte[1])))
        .addInitializer(
            TinyModel.tensor("w_scale", new float[][] {{0.01f}}).toBuilder().clearDims())
        .addNode(TinyModel.node("DynamicQuantizeLinear", "q", "x").addOutput("s").addOutput("z"))
        .addNode(TinyModel.node("Mul", "scales", "s", "w_scale"))
        .addNode(TinyModel.node("MatMulInteger", "integers", "q", "w", "z", "w_zero_point"))
        .addNode(
            TinyModel.node("Cast", "floats", "integers")
                .addAttribute(TinyModel.integer("to", TinyModel.FLOAT)))
        .addNode(TinyModel.node("Mul", "last_hidden_state", "floats", "scales"));
    return tiny;
  }
}
