package dev.millrace.accelerator;

import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * What a tensor holds. Each type has one Arrow type with the same bytes, but BOOL, which is a bit
 * there and a byte in tensors.
 */
public enum ElementType {
  FLOAT32(4, new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
  FLOAT64(8, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
  FLOAT16(2, new ArrowType.FloatingPoint(FloatingPointPrecision.HALF)),
  INT8(1, new ArrowType.Int(8, true)),
  INT16(2, new ArrowType.Int(16, true)),
  INT32(4, new ArrowType.Int(32, true)),
  INT64(8, new ArrowType.Int(64, true)),
  UINT8(1, new ArrowType.Int(8, false)),
  BOOL(1, ArrowType.Bool.INSTANCE),
  UTF8(0, ArrowType.Utf8.INSTANCE);

  private final int bytes;

  // Arrow's types are immutable, but not annotated as such.
  @SuppressWarnings("ImmutableEnumChecker")
  private final ArrowType arrowType;

  ElementType(int bytes, ArrowType arrowType) {
    this.bytes = bytes;
    this.arrowType = arrowType;
  }

  /** Bytes that one element takes; 0 if they differ. */
  public int bytes() {
    return bytes;
  }

  /** The Arrow type of one element. */
  public ArrowType arrowType() {
    return arrowType;
  }
}
