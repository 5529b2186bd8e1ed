package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * Tensors over memory that comes again. To the runtime a tensor is an address and a shape: batches
 * use the same memory again and again, so most of the tensors for a run are here from an earlier
 * one. It may outlive the memory, since nobody runs a tensor whose memory is not there.
 *
 * <p>For one thread at a time. Where two tensors fall on one place, the newer stays, and the older
 * lives until {@link #endRun()}: both may be of one run.
 */
final class TensorCache implements AutoCloseable {

  private static final int PLACES = 1 << 12;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final OrtEnvironment environment;
  private final @Nullable Entry[] entries = new @Nullable Entry[PLACES];

  private final List<OnnxTensor> replaced = new ArrayList<>();

  TensorCache(OrtEnvironment environment) {
    this.environment = environment;
  }

  /** A tensor and the memory that it lies over. */
  static final class Entry {
    private final long address;
    private final int rows;
    private final int width;
    private final OnnxJavaType type;
    private final OnnxTensor tensor;
    private final IntBuffer words;

    private Entry(
        long address, int rows, int width, OnnxJavaType type, OnnxTensor tensor, IntBuffer words) {
      this.address = address;
      this.rows = rows;
      this.width = width;
      this.type = type;
      this.tensor = tensor;
      this.words = words;
    }

    /** Belongs to the cache; valid until the run ends. */
    OnnxTensor tensor() {
      return tensor;
    }

    /** The memory, 32 bits at a time; its position is the caller's to move. */
    IntBuffer words() {
      return words;
    }
  }

  /**
   * The tensor of a shape that begins at a place of memory.
   *
   * @param type INT64 or FLOAT
   */
  Entry get(ArrowBuf memory, long offset, int rows, int width, OnnxJavaType type)
      throws OrtException {
    long address = memory.memoryAddress() + offset;
    int place = place(address, rows, width);
    Entry found = entries[place];
    if (found != null
        && found.address == address
        && found.rows == rows
        && found.width == width
        && found.type == type) {
      return found;
    }
    int bytes = rows * width * (type == OnnxJavaType.INT64 ? Long.BYTES : Float.BYTES);
    // Arrow's own byte order is not the machine's, and the runtime does not look.
    ByteBuffer view = memory.nioBuffer(offset, bytes).order(ByteOrder.nativeOrder());
    OnnxTensor tensor = OnnxTensor.createTensor(environment, view, new long[] {rows, width}, type);
    if (found != null) {
      replaced.add(found.tensor);
    }
    Entry made = new Entry(address, rows, width, type, tensor, view.asIntBuffer());
    entries[place] = made;
    return made;
  }

  private static int place(long address, int rows, int width) {
    long key = address * 31 + rows;
    key = key * 31 + width;
    return (int) ((key * MULTIPLIER) >>> (Long.SIZE - Integer.numberOfTrailingZeros(PLACES)));
  }

  /** No tensor that was asked for before is in use any more. */
  void endRun() {
    if (!replaced.isEmpty()) {
      replaced.forEach(OnnxTensor::close);
      replaced.clear();
    }
  }

  @Override
  public void close() {
    endRun();
    for (int place = 0; place < PLACES; place++) {
      Entry entry = entries[place];
      if (entry != null) {
        entry.tensor.close();
        entries[place] = null;
      }
    }
  }
}
