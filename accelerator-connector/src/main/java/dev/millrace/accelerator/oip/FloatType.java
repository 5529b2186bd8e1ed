package dev.millrace.accelerator.oip;

import org.jspecify.annotations.Nullable;

/** The protocol's types of numbers that an embedding may come in. */
enum FloatType {
  FP32(4),
  FP16(2),
  BF16(2);

  private final int bytes;

  FloatType(int bytes) {
    this.bytes = bytes;
  }

  /** The type of that name; null if it is none of these. */
  static @Nullable FloatType of(String datatype) {
    for (FloatType type : values()) {
      if (type.name().equals(datatype)) {
        return type;
      }
    }
    return null;
  }

  /** Bytes of one number. */
  int bytes() {
    return bytes;
  }

  /** The number that 16 bits of this type are. */
  float widen(short bits) {
    return this == BF16 ? Float.intBitsToFloat(bits << 16) : half(bits);
  }

  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
    }
    if (exponent == 0) {
      float small = fraction * 0x1p-24f;
      return sign == 0 ? small : -small;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }
}
