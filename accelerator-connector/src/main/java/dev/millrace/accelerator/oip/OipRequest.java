package dev.millrace.accelerator.oip;

import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.TokenBatch;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
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
        ModelInferRequest.newBuilder()
            .setModelName(name)
            .setModelVersion(version)
            .addOutputs(
                ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                    .setName(model.output().name()));
    for (int i = 0; i < tensors.size(); i++) {
      OipModel.Input input = model.inputs().get(i);
      int bytes = input.narrow() ? Integer.BYTES : Long.BYTES;
      message.addInputs(
          ModelInferRequest.InferInputTensor.newBuilder()
              .setName(input.name())
              .setDatatype(input.narrow() ? "INT32" : "INT64")
              .addShape(rows)
              .addShape(tokens));
      message.addRawInputContents(
          UnsafeByteOperations.unsafeWrap(
              tensors
                  .get(i)
                  .nioBuffer((long) firstRow * batch.width() * bytes, rows * tokens * bytes)));
    }
    return message.build();
  }

  @Override
  public void close() {
    owned.forEach(ArrowBuf::close);
    owned.clear();
  }
}
