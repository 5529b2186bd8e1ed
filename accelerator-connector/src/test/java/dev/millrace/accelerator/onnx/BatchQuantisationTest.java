package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.FunctionProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import org.junit.jupiter.api.Test;

class BatchQuantisationTest {

  @Test
  void isInTheEmbeddedModel() throws InvalidProtocolBufferException {
    assertThat(BatchQuantisation.isIn(ModelProto.parseFrom(Models.resolve("minilm").graph())))
        .isTrue();
  }

  @Test
  void isNotInAPlainGraph() {
    assertThat(BatchQuantisation.isIn(TinyModel.of(13).model())).isFalse();
  }

  @Test
  void isFoundInASubgraph() {
    TinyModel model = TinyModel.of(13);
    GraphProto branch =
        GraphProto.newBuilder()
            .addNode(
                TinyModel.node("If", "deeper", "condition")
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("then_branch")
                            .setG(
                                GraphProto.newBuilder()
                                    .addNode(TinyModel.node("DynamicQuantizeLinear", "q", "x")))))
            .build();
    model
        .graph()
        .addNode(
            TinyModel.node("If", "y", "condition")
                .addAttribute(
                    AttributeProto.newBuilder().setName("else_branch").addGraphs(branch)));
    assertThat(BatchQuantisation.isIn(model.model())).isTrue();
  }

  @Test
  void isFoundInAFunction() {
    TinyModel model = TinyModel.of(13);
    model
        .model()
        .addFunctions(
            FunctionProto.newBuilder()
                .setName("quantised")
                .addNode(TinyModel.node("DynamicQuantizeMatMul", "y", "x")));
    assertThat(BatchQuantisation.isIn(model.model())).isTrue();
  }

  @Test
  void isAScaleThatIsComputedAndNotOneThatIsGiven() {
    TinyModel given = TinyModel.of(13);
    given
        .graph()
        .addNode(TinyModel.node("MatMulIntegerToFloat", "y", "a", "b", "table", "scale_b"));
    assertThat(BatchQuantisation.isIn(given.model())).isFalse();

    TinyModel computed = TinyModel.of(13);
    computed
        .graph()
        .addNode(TinyModel.node("ReduceMax", "scale_a", "a"))
        .addNode(TinyModel.node("MatMulIntegerToFloat", "y", "a", "b", "scale_a", "scale_b"));
    assertThat(BatchQuantisation.isIn(computed.model())).isTrue();
  }
}
