package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.onnx.proto.AttributeProto;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.OperatorSetIdProto;
import dev.millrace.accelerator.onnx.proto.StringStringEntryProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.TensorShapeProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A model that looks its tokens up in a table and does no more, so that its answers can be told by
 * hand: {@code last_hidden_state[row][token] = table[input_ids[row][token]]}.
 */
public final class TinyModel {

  static final int FLOAT = 1;
  static final int INT64 = 7;
  static final int FLOAT16 = 10;

  /** What the tokens 0 to 3 are. */
  static final float[][] TABLE = {{0, 0, 0}, {1, 2, 2}, {3, -4, 0}, {-1, 0, 5}};

  private final ModelProto.Builder model;

  private TinyModel(ModelProto.Builder model) {
    this.model = model;
  }

  /** What a token is. */
  public static float[] vectorOf(int token) {
    return TABLE[token].clone();
  }

  public static TinyModel of(int opset) {
    return of(opset, TABLE);
  }

  public static TinyModel of(int opset, float[][] table) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("tiny")
            .addInitializer(tensor("table", table))
            .addNode(node("Gather", "last_hidden_state", "table", "input_ids"))
            .addOutput(value("last_hidden_state", FLOAT, 3));
    for (String input : new String[] {"input_ids", "attention_mask", "token_type_ids"}) {
      graph.addInput(value(input, INT64, 2));
    }
    return new TinyModel(
        ModelProto.newBuilder()
            .setIrVersion(opset < 10 ? 4 : 7)
            .setGraph(graph)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset)));
  }

  ModelProto.Builder model() {
    return model;
  }

  GraphProto.Builder graph() {
    return model.getGraphBuilder();
  }

  /** The table's bytes move to a file of that name, which the caller writes. */
  public byte[] moveTableTo(String file) {
    return moveTo(file, 0);
  }

  /** The same for the last weights that were added. */
  byte[] moveWeightsTo(String file) {
    return moveTo(file, graph().getInitializerCount() - 1);
  }

  private byte[] moveTo(String file, int initializer) {
    TensorProto.Builder table = graph().getInitializerBuilder(initializer);
    byte[] bytes = table.getRawData().toByteArray();
    table
        .clearRawData()
        .setDataLocation(1)
        .addExternalData(StringStringEntryProto.newBuilder().setKey("location").setValue(file));
    return bytes;
  }

  /** Renames an input, in the graph's declaration only. */
  public TinyModel renameInput(int index, String name) {
    graph().getInputBuilder(index).setName(name);
    return this;
  }

  public byte[] bytes() {
    return model.build().toByteArray();
  }

  static TensorProto tensor(String name, float[][] rows) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows.length * rows[0].length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(FLOAT)
        .addDims(rows.length)
        .addDims(rows[0].length)
        .setRawData(ByteString.copyFrom(bytes.flip()))
        .build();
  }

  static NodeProto.Builder node(String operator, String output, String... inputs) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
    for (String input : inputs) {
      node.addInput(input);
    }
    return node;
  }

  static AttributeProto.Builder integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(2).setI(value);
  }

  static ValueInfoProto.Builder value(String name, int elementType, int rank) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < rank; i++) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + i));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(elementType).setShape(shape)));
  }
}
