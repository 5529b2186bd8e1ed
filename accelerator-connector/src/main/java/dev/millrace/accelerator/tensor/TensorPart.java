package dev.millrace.accelerator.tensor;

import dev.millrace.accelerator.ElementType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Some rows of a tensor, as runtimes and wires have them: row-major and without padding.
 *
 * @param name as the model names it
 * @param shape rows first
 * @param bytes the elements in the machine's byte order, a byte for each of BOOL; empty for UTF8.
 *     What owns the memory is said by whoever made the part
 * @param texts the elements of UTF8; else empty
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: a carrier to and from runtimes.
public record TensorPart(
    String name, ElementType type, List<Long> shape, ByteBuffer bytes, String[] texts) {

  private static final String[] NO_TEXTS = {};
  private static final ByteBuffer NO_BYTES = ByteBuffer.allocateDirect(0);

  public TensorPart {
    shape = List.copyOf(shape);
  }

  /** Of numbers or booleans. */
  public static TensorPart of(String name, ElementType type, List<Long> shape, ByteBuffer bytes) {
    return new TensorPart(name, type, shape, bytes, NO_TEXTS);
  }

  /** Of texts. */
  public static TensorPart ofTexts(String name, List<Long> shape, String[] texts) {
    return new TensorPart(name, ElementType.UTF8, shape, NO_BYTES, texts);
  }

  /** How many elements its shape has. */
  public long count() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Whether it holds as many elements as its shape says. */
  public boolean isWhole() {
    return type == ElementType.UTF8
        ? texts.length == count()
        : bytes.remaining() == count() * type.bytes();
  }
}
