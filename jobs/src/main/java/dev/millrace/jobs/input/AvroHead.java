package dev.millrace.jobs.input;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.flink.core.fs.Path;

/**
 * What an Avro container file says of itself: its schema, and how many rows its blocks have. Avro's
 * own reader takes a file that is cut off for one that ends.
 *
 * @param rows of all blocks
 */
record AvroHead(Schema schema, long rows) {

  private static final int MARK_BYTES = 16;

  /**
   * Reads a file over, without its rows.
   *
   * @throws IOException if it is no Avro file, or is cut off or damaged
   */
  static AvroHead of(Path file) throws IOException {
    try (InputStream in = InputFiles.open(file)) {
      return read(in);
    } catch (EOFException cut) {
      throw new IOException(
          file.getPath() + " is cut off. Write or copy it again, or leave it out.", cut);
    } catch (IOException | AvroRuntimeException broken) {
      throw new IOException(
          file.getPath()
              + " cannot be read: "
              + broken.getMessage()
              + ". Write or copy it again, or leave it out.",
          broken);
    }
  }

  private static AvroHead read(InputStream in) throws IOException {
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(in, null);
    byte[] magic = new byte[DataFileConstants.MAGIC.length];
    decoder.readFixed(magic);
    if (!Arrays.equals(magic, DataFileConstants.MAGIC)) {
      throw new IOException("it does not begin as an Avro file does");
    }
    Map<String, String> meta = new HashMap<>();
    for (long block = decoder.readMapStart(); block > 0; block = decoder.mapNext()) {
      for (long i = 0; i < block; i++) {
        String key = decoder.readString();
        ByteBuffer value = decoder.readBytes(null);
        meta.put(key, StandardCharsets.UTF_8.decode(value).toString());
      }
    }
    String schema = meta.get(DataFileConstants.SCHEMA);
    if (schema == null) {
      throw new IOException("it has no schema");
    }
    byte[] mark = new byte[MARK_BYTES];
    decoder.readFixed(mark);
    long rows = 0;
    byte[] found = new byte[MARK_BYTES];
    while (!decoder.isEnd()) {
      rows += decoder.readLong();
      skip(decoder, decoder.readLong());
      decoder.readFixed(found);
      if (!Arrays.equals(mark, found)) {
        throw new IOException("a block does not end where it should");
      }
    }
    return new AvroHead(new Schema.Parser().parse(schema), rows);
  }

  private static void skip(BinaryDecoder decoder, long bytes) throws IOException {
    if (bytes < 0) {
      throw new IOException("a block has " + bytes + " bytes");
    }
    for (long left = bytes; left > 0; ) {
      int part = (int) Math.min(left, 1 << 20);
      decoder.skipFixed(part);
      left -= part;
    }
  }
}
