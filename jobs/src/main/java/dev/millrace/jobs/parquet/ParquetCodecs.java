package dev.millrace.jobs.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * The compressions of Parquet that people use, straight from their libraries. Parquet's own factory
 * goes by way of Hadoop's configuration, which would bring all of Hadoop.
 */
final class ParquetCodecs implements CompressionCodecFactory {

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return new Compressor(name);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    return new Decompressor(name);
  }

  @Override
  public void release() {}

  private static byte[] compress(CompressionCodecName name, byte[] bytes) throws IOException {
    return switch (name) {
      case UNCOMPRESSED -> bytes;
      case SNAPPY -> Snappy.compress(bytes);
      case ZSTD -> Zstd.compress(bytes);
      case GZIP -> {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
          out.write(bytes);
        }
        yield packed.toByteArray();
      }
      default -> throw unknown(name);
    };
  }

  private static byte[] decompress(CompressionCodecName name, byte[] bytes, int size)
      throws IOException {
    return switch (name) {
      case UNCOMPRESSED -> bytes;
      case SNAPPY -> Snappy.uncompress(bytes);
      case ZSTD -> Zstd.decompress(bytes, size);
      case GZIP -> {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
          yield in.readAllBytes();
        }
      }
      default -> throw unknown(name);
    };
  }

  private static byte[] array(BytesInput bytes) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream(Math.toIntExact(bytes.size()));
    bytes.writeAllTo(all);
    return all.toByteArray();
  }

  private static IOException unknown(CompressionCodecName name) {
    return new IOException(
        "its pages are compressed with "
            + name
            + ", which is not read here; snappy, zstd, gzip and none are");
  }

  private record Compressor(CompressionCodecName name) implements BytesInputCompressor {
    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      return BytesInput.from(ParquetCodecs.compress(name, array(bytes)));
    }

    @Override
    public CompressionCodecName getCodecName() {
      return name;
    }

    @Override
    public void release() {}
  }

  private record Decompressor(CompressionCodecName name) implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      byte[] unpacked = ParquetCodecs.decompress(name, array(bytes), size);
      if (unpacked.length != size) {
        throw new IOException(
            "a page has " + unpacked.length + " bytes where it says " + size + " of itself");
      }
      return BytesInput.from(unpacked);
    }

    @Override
    public void decompress(ByteBuffer input, int inputSize, ByteBuffer output, int outputSize)
        throws IOException {
      byte[] packed = new byte[inputSize];
      input.get(packed);
      output.put(ParquetCodecs.decompress(name, packed, outputSize));
    }

    @Override
    public void release() {}
  }
}
