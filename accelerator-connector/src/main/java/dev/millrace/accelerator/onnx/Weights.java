package dev.millrace.accelerator.onnx;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.onnx.proto.StringStringEntryProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a model's weights, wherever they lie. */
final class Weights {

  private static final int IN_A_FILE = 1;

  private final Model model;

  Weights(Model model) {
    this.model = model;
  }

  /**
   * The values of a float32 tensor.
   *
   * @throws AcceleratorException of category MODEL if its file cannot be read
   */
  float[] floats(TensorProto tensor) {
    if (tensor.getFloatDataCount() > 0) {
      float[] values = new float[tensor.getFloatDataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.getFloatData(i);
      }
      return values;
    }
    ByteBuffer bytes = bytes(tensor);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** The values of a small int64 tensor that lies in the graph. */
  static List<Long> integers(TensorProto tensor) {
    if (tensor.getInt64DataCount() > 0) {
      return tensor.getInt64DataList();
    }
    LongBuffer bytes =
        tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    List<Long> values = new ArrayList<>();
    while (bytes.hasRemaining()) {
      values.add(bytes.get());
    }
    return values;
  }

  /** Whether all values of an 8-bit tensor are zero. Says no where they lie in a file. */
  static boolean isZero(TensorProto tensor) {
    byte[] values = bytesInGraph(tensor);
    for (byte value : values) {
      if (value != 0) {
        return false;
      }
    }
    return values.length > 0;
  }

  /** The values of an 8-bit tensor; empty where they lie in a file. */
  static byte[] bytesInGraph(TensorProto tensor) {
    if (tensor.getInt32DataCount() == 0) {
      return tensor.getRawData().toByteArray();
    }
    byte[] values = new byte[tensor.getInt32DataCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) tensor.getInt32Data(i);
    }
    return values;
  }

  /** Float32 values as they lie in a tensor. */
  static ByteString bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return ByteString.copyFrom(bytes);
  }

  private ByteBuffer bytes(TensorProto tensor) {
    ByteBuffer bytes =
        tensor.getDataLocation() == IN_A_FILE
            ? fromFile(tensor)
            : tensor.getRawData().asReadOnlyByteBuffer();
    return bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer fromFile(TensorProto tensor) {
    Map<String, String> place = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      place.put(entry.getKey(), entry.getValue());
    }
    Path folder = model.folder();
    String location = place.getOrDefault("location", "");
    if (folder == null) {
      throw unreadable(tensor, location, "the model has no folder", null);
    }
    try (FileChannel file = FileChannel.open(folder.resolve(location), StandardOpenOption.READ)) {
      long offset = Long.parseLong(place.getOrDefault("offset", "0"));
      String length = place.get("length");
      return file.map(
          MapMode.READ_ONLY,
          offset,
          length == null ? file.size() - offset : Long.parseLong(length));
    } catch (IOException | IllegalArgumentException failure) {
      throw unreadable(tensor, location, failure.toString(), failure);
    }
  }

  private AcceleratorException unreadable(
      TensorProto tensor, String location, String why, @Nullable Throwable cause) {
    return new AcceleratorException(
        Category.MODEL,
        "The weights '"
            + tensor.getName()
            + "' of the model '"
            + model.name()
            + "' cannot be read from the file '"
            + location
            + "': "
            + why
            + ". Export or download the model again.",
        cause);
  }
}
