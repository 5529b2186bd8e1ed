package dev.millrace.jobs.input;

import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;

/** Reads buffers as they are, and says of compressed ones that it does not. */
final class NoCompression implements CompressionCodec.Factory {

  static final NoCompression INSTANCE = new NoCompression();

  private NoCompression() {}

  @Override
  public CompressionCodec createCodec(CodecType type) {
    if (type == CodecType.NO_COMPRESSION) {
      return NoCompressionCodec.INSTANCE;
    }
    throw new CompressedException(type);
  }

  @Override
  public CompressionCodec createCodec(CodecType type, int level) {
    return createCodec(type);
  }

  /** Buffers are compressed. */
  static final class CompressedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CompressedException(CodecType type) {
      super("has buffers that are compressed with " + type);
    }
  }
}
