package dev.millrace.accelerator.oip;

import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.TokenBatch;
import dev.millrace.accelerator.oip.proto.InferParameter;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferRequest.InferInputTensor;
import dev.millrace.accelerator.oip.proto.ModelInferRequest.InferRequestedOutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A batch's tensors as requests. They lie over the batch's own memory; only for a server that reads
 * INT32 are they copied, into memory of this object's.
 */
final class OipRequest implements AutoCloseable {

  private final OipModel model;
  private final TokenBatch batch;
  private final List<ArrowBuf> tensors = new ArrayList<>();
  private final List<ArrowBuf> owned = new ArrayList<>();

  /**
   * @param zeros gives so many bytes of zeros, which the request then owns
   */
  OipRequest(
      OipModel model, TokenBatch batch, BufferAllocator allocator, LongFunction<ArrowBuf> zeros) {
    this.model = model;
    this.batch = batch;
    boolean done = false;
    try {
      for (OipModel.Input input : model.inputs()) {
        ArrowBuf given = memory(input.name());
        if (given == null) {
          // Zeros are zeros in either type.
          given = zeros.apply(batch.bytes());
          owned.add(given);
        } else if (input.narrow()) {
          given = narrow(given, batch.rows() * batch.width(), allocator);
          owned.add(given);
        }
        tensors.add(given);
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private @Nullable ArrowBuf memory(String input) {
    return switch (input) {
      case TextColumns.INPUT_IDS -> batch.ids();
      case TextColumns.ATTENTION_MASK -> batch.mask();
      default -> batch.tokenTypes();
    };
  }

  private static ArrowBuf narrow(ArrowBuf wide, int count, BufferAllocator allocator) {
    ArrowBuf narrow = allocator.buffer((long) count * Integer.BYTES);
    LongBuffer from =
        wide.nioBuffer(0, count * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
    IntBuffer to =
        narrow.nioBuffer(0, count * Integer.BYTES).order(ByteOrder.nativeOrder()).asIntBuffer();
    for (int i = 0; i < count; i++) {
      to.put(i, (int) from.get(i));
    }
    return narrow;
  }

  /**
   * The message for some rows. It can be written until this object is closed.
   *
   * @param tokens of each row: the batch's width, or fewer for a row alone
   */
  ModelInferRequest message(String name, String version, int firstRow, int rows, int tokens) {
    ModelInferRequest.Builder message =
        frame(name, version, InferRequestedOutputTensor.newBuilder());
    for (int i = 0; i < tensors.size(); i++) {
      message
          .addInputs(input(model.inputs().get(i), rows, tokens))
          .addRawInputContents(UnsafeByteOperations.unsafeWrap(view(i, firstRow, rows, tokens)));
    }
    return message.build();
  }

  /** Bytes of shared memory that the tensors of some rows and their answer take. */
  long sharedBytes(int rows, int tokens, long answerBytes) {
    long bytes = SharedMemory.aligned(answerBytes);
    for (OipModel.Input input : model.inputs()) {
      bytes += SharedMemory.aligned((long) input.bytes() * rows * tokens);
    }
    return bytes;
  }

  /**
   * The same message, with the tensors copied into shared memory: the answer's place comes first.
   */
  ModelInferRequest message(
      String name,
      String version,
      int firstRow,
      int rows,
      int tokens,
      SharedMemory memory,
      SharedMemory.Slot slot,
      long answerBytes) {
    ModelInferRequest.Builder message =
        frame(
            name,
            version,
            InferRequestedOutputTensor.newBuilder()
                .putAllParameters(place(memory, slot.offset(0), answerBytes)));
    long place = SharedMemory.aligned(answerBytes);
    for (int i = 0; i < tensors.size(); i++) {
      ByteBuffer tensor = view(i, firstRow, rows, tokens);
      int bytes = tensor.remaining();
      slot.view(place, bytes).put(tensor);
      message.addInputs(
          input(model.inputs().get(i), rows, tokens)
              .putAllParameters(place(memory, slot.offset(place), bytes)));
      place += SharedMemory.aligned(bytes);
    }
    return message.build();
  }

  private ModelInferRequest.Builder frame(
      String name, String version, InferRequestedOutputTensor.Builder output) {
    return ModelInferRequest.newBuilder()
        .setModelName(name)
        .setModelVersion(version)
        .addOutputs(output.setName(model.output().name()));
  }

  private static InferInputTensor.Builder input(OipModel.Input input, int rows, int tokens) {
    return InferInputTensor.newBuilder()
        .setName(input.name())
        .setDatatype(input.narrow() ? "INT32" : "INT64")
        .addShape(rows)
        .addShape(tokens);
  }

  private ByteBuffer view(int tensor, int firstRow, int rows, int tokens) {
    int bytes = model.inputs().get(tensor).bytes();
    return tensors
        .get(tensor)
        .nioBuffer((long) firstRow * batch.width() * bytes, rows * tokens * bytes);
  }

  private static Map<String, InferParameter> place(SharedMemory memory, long offset, long bytes) {
    return Map.of(
        OipAnswer.REGION,
        InferParameter.newBuilder().setStringParam(memory.name()).build(),
        "shared_memory_offset",
        InferParameter.newBuilder().setInt64Param(offset).build(),
        "shared_memory_byte_size",
        InferParameter.newBuilder().setInt64Param(bytes).build());
  }

  @Override
  public void close() {
    owned.forEach(ArrowBuf::close);
    owned.clear();
  }
}
