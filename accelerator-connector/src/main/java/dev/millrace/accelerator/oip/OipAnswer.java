package dev.millrace.accelerator.oip;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.oip.proto.ModelInferResponse.InferOutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** Finds the output in an answer, checks it, and copies its numbers to where they belong. */
final class OipAnswer {

  /** The parameter that says that a tensor lies in shared memory. */
  static final String REGION = "shared_memory_region";

  private OipAnswer() {}

  /**
   * The output tensor, of which nothing is known but its name.
   *
   * @throws AcceleratorException of category OUTPUT if it is not there
   */
  static int indexOf(ModelInferResponse answer, String output) {
    for (int i = 0; i < answer.getOutputsCount(); i++) {
      if (answer.getOutputs(i).getName().equals(output)) {
        return i;
      }
    }
    throw wrong(
        "the answer has no output "
            + output
            + ". It has "
            + answer.getOutputsList().stream().map(InferOutputTensor::getName).toList());
  }

  /**
   * Copies the output's numbers, once.
   *
   * @param shape that it must have
   * @param shared where the answer lies if it came through shared memory; else null
   * @param into float32, from {@code offset} bytes on
   * @param allocator for what is not float32 on the wire
   * @throws AcceleratorException of category OUTPUT if the answer is not what was asked for
   */
  static void copy(
      ModelInferResponse answer,
      OipModel.Output output,
      List<Long> shape,
      @Nullable ByteBuffer shared,
      ArrowBuf into,
      long offset,
      BufferAllocator allocator) {
    int index = indexOf(answer, output.name());
    InferOutputTensor tensor = answer.getOutputs(index);
    if (!tensor.getShapeList().equals(shape)) {
      throw wrong(
          "the answer's "
              + output.name()
              + " has the shape "
              + tensor.getShapeList()
              + ", and the request asks for "
              + shape);
    }
    if (!tensor.getDatatype().equals(output.type().name())) {
      throw wrong(
          "the answer's "
              + output.name()
              + " is "
              + tensor.getDatatype()
              + ", and the metadata says "
              + output.type());
    }
    int count = Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    ByteBuffer target = into.nioBuffer(offset, count * Float.BYTES).order(ByteOrder.nativeOrder());
    boolean isShared = shared != null && tensor.containsParameters(REGION);
    if (!isShared && answer.getRawOutputContentsCount() == 0) {
      copyContents(tensor, count, target.asFloatBuffer());
      return;
    }
    if (!isShared && index >= answer.getRawOutputContentsCount()) {
      throw wrong(
          "the answer has "
              + answer.getOutputsCount()
              + " outputs and the contents of "
              + answer.getRawOutputContentsCount());
    }
    ByteString raw =
        shared != null && isShared
            ? UnsafeByteOperations.unsafeWrap(shared)
            : answer.getRawOutputContents(index);
    if (raw.size() != (long) count * output.type().bytes()) {
      throw wrong(
          "the answer's "
              + output.name()
              + " has "
              + raw.size()
              + " bytes, and its shape "
              + shape
              + " of "
              + output.type()
              + " has "
              + (long) count * output.type().bytes());
    }
    if (output.type() == FloatType.FP32) {
      raw.copyTo(target);
    } else {
      try (ArrowBuf narrow = allocator.buffer(raw.size())) {
        ByteBuffer halves = narrow.nioBuffer(0, raw.size()).order(ByteOrder.nativeOrder());
        raw.copyTo(halves);
        halves.flip();
        widen(halves.asShortBuffer(), output.type(), target.asFloatBuffer());
      }
    }
  }

  private static void widen(ShortBuffer from, FloatType type, FloatBuffer to) {
    for (int i = 0; i < from.limit(); i++) {
      to.put(i, type.widen(from.get(i)));
    }
  }

  private static void copyContents(InferOutputTensor tensor, int count, FloatBuffer to) {
    int given = tensor.getContents().getFp32ContentsCount();
    if (given != count) {
      throw wrong(
          "the answer's "
              + tensor.getName()
              + " has "
              + given
              + " numbers, and its shape "
              + tensor.getShapeList()
              + " has "
              + count);
    }
    for (int i = 0; i < count; i++) {
      to.put(i, tensor.getContents().getFp32Contents(i));
    }
  }

  private static AcceleratorException wrong(String what) {
    return new AcceleratorException(Category.OUTPUT, what + ".");
  }
}
