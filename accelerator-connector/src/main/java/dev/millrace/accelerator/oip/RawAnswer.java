package dev.millrace.accelerator.oip;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.oip.proto.InferTensorContents;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.oip.proto.ModelInferResponse.InferOutputTensor;
import dev.millrace.accelerator.tensor.TensorPart;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads one output of an answer, of any type. */
final class RawAnswer {

  private RawAnswer() {}

  /**
   * An output, copied.
   *
   * @throws AcceleratorException of category OUTPUT if it is not there or not what was promised
   */
  static TensorPart read(ModelInferResponse answer, TensorSpec spec, int rows) {
    int index = OipAnswer.indexOf(answer, spec.name());
    InferOutputTensor tensor = answer.getOutputs(index);
    boolean fits =
        spec.takes(tensor.getShapeList())
            && tensor.getShape(0) == rows
            && tensor.getDatatype().equals(RawModel.nameOf(spec.type()));
    TensorPart part = null;
    if (fits && answer.getRawOutputContentsCount() > index) {
      part = ofRaw(spec, tensor, answer.getRawOutputContents(index));
    } else if (fits && answer.getRawOutputContentsCount() == 0) {
      part = ofContents(spec, tensor);
    }
    if (part == null || !part.isWhole()) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "the answer's "
              + spec.name()
              + " is "
              + tensor.getDatatype()
              + tensor.getShapeList()
              + (fits ? " and has another number of elements" : "")
              + ", and "
              + rows
              + " rows of "
              + spec
              + " were promised.");
    }
    return part;
  }

  private static TensorPart ofRaw(TensorSpec spec, InferOutputTensor tensor, ByteString raw) {
    return spec.type() == ElementType.UTF8
        ? TensorPart.ofTexts(spec.name(), tensor.getShapeList(), RawTexts.decode(raw))
        : TensorPart.of(
            spec.name(), spec.type(), tensor.getShapeList(), ByteBuffer.wrap(raw.toByteArray()));
  }

  private static TensorPart ofContents(TensorSpec spec, InferOutputTensor tensor) {
    InferTensorContents contents = tensor.getContents();
    if (spec.type() == ElementType.UTF8) {
      return TensorPart.ofTexts(
          spec.name(),
          tensor.getShapeList(),
          contents.getBytesContentsList().stream()
              .map(text -> text.toString(StandardCharsets.UTF_8))
              .toArray(String[]::new));
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(contents.getSerializedSize() + 1, Long.BYTES))
            .order(ByteOrder.nativeOrder());
    switch (spec.type()) {
      case BOOL ->
          contents.getBoolContentsList().forEach(value -> bytes.put((byte) (value ? 1 : 0)));
      case INT8 -> contents.getIntContentsList().forEach(value -> bytes.put(value.byteValue()));
      case INT16 ->
          contents.getIntContentsList().forEach(value -> bytes.putShort(value.shortValue()));
      case INT32 -> contents.getIntContentsList().forEach(bytes::putInt);
      case INT64 -> contents.getInt64ContentsList().forEach(bytes::putLong);
      case UINT8 -> contents.getUintContentsList().forEach(value -> bytes.put(value.byteValue()));
      case FLOAT32 -> contents.getFp32ContentsList().forEach(bytes::putFloat);
      case FLOAT64 -> contents.getFp64ContentsList().forEach(bytes::putDouble);
      default -> throw new IllegalArgumentException("The protocol has no contents of " + spec);
    }
    return TensorPart.of(spec.name(), spec.type(), tensor.getShapeList(), bytes.flip());
  }
}
