package dev.millrace.jobs.input;

import dev.millrace.accelerator.MemoryScope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Writes Arrow files, as other programs would. */
final class ArrowFiles {

  /** The two kinds, and a file with compressed buffers. */
  enum Kind {
    FILE,
    STREAM,
    COMPRESSED
  }

  /** Fills the batch of that number; the vectors are empty and allocated. */
  interface Rows {
    void fill(int batch, VectorSchemaRoot root);
  }

  private static final Schema TEXTS =
      new Schema(
          List.of(
              Field.notNullable("id", new ArrowType.Int(64, true)),
              Field.nullable("text", ArrowType.Utf8.INSTANCE)));

  private ArrowFiles() {}

  /** A file of batches, and what each holds, for people to compare. */
  static final class Written {
    private final byte[] bytes;
    private final List<String> batches;

    private Written(byte[] bytes, List<String> batches) {
      this.bytes = bytes;
      this.batches = batches;
    }

    byte[] bytes() {
      return bytes;
    }

    List<String> batches() {
      return batches;
    }
  }

  static Written write(
      Kind kind, Schema schema, DictionaryProvider dictionaries, int batches, Rows rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> contents = new ArrayList<>();
    try (MemoryScope scope = MemoryScope.open("writer");
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, scope.allocator());
        ArrowWriter writer = writer(kind, root, dictionaries, Channels.newChannel(out))) {
      writer.start();
      for (int batch = 0; batch < batches; batch++) {
        root.allocateNew();
        rows.fill(batch, root);
        writer.writeBatch();
        contents.add(contents(root));
        root.clear();
      }
      writer.end();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return new Written(out.toByteArray(), contents);
  }

  /** What the vectors hold, a row a line. */
  static String contents(VectorSchemaRoot root) {
    StringBuilder text = new StringBuilder(root.getSchema().toString());
    for (int row = 0; row < root.getRowCount(); row++) {
      text.append('\n');
      for (FieldVector column : root.getFieldVectors()) {
        Object value = column.getObject(row);
        text.append(value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value)
            .append(' ');
      }
    }
    return text.toString();
  }

  /** Batches of the columns {@code id}, counted through, and {@code text}. */
  static Written texts(Kind kind, List<List<String>> batches) {
    long[] id = {0};
    return write(
        kind,
        TEXTS,
        new DictionaryProvider.MapDictionaryProvider(),
        batches.size(),
        (batch, root) -> {
          List<String> texts = batches.get(batch);
          for (int row = 0; row < texts.size(); row++) {
            ((BigIntVector) root.getVector("id")).setSafe(row, id[0]++);
            ((VarCharVector) root.getVector("text"))
                .setSafe(row, texts.get(row).getBytes(StandardCharsets.UTF_8));
          }
          root.setRowCount(texts.size());
        });
  }

  private static ArrowWriter writer(
      Kind kind, VectorSchemaRoot root, DictionaryProvider dictionaries, WritableByteChannel out) {
    return switch (kind) {
      case FILE -> new ArrowFileWriter(root, dictionaries, out);
      case STREAM -> new ArrowStreamWriter(root, dictionaries, out);
      case COMPRESSED ->
          new ArrowFileWriter(
              root,
              dictionaries,
              out,
              Map.of(),
              IpcOption.DEFAULT,
              new CompressionCodec.Factory() {
                @Override
                public CompressionCodec createCodec(CodecType type) {
                  return new Longer();
                }

                @Override
                public CompressionCodec createCodec(CodecType type, int level) {
                  return createCodec(type);
                }
              },
              CodecType.LZ4_FRAME);
    };
  }

  /** Makes buffers longer, so that Arrow writes them as they are and marks them as compressed. */
  private static final class Longer extends AbstractCompressionCodec {

    @Override
    protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf plain) {
      ArrowBuf longer = allocator.buffer(2 * plain.writerIndex() + 16);
      longer.writerIndex(2 * plain.writerIndex() + 16);
      return longer;
    }

    @Override
    protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf compressed) {
      throw new UnsupportedOperationException("It only writes.");
    }

    @Override
    public CodecType getCodecType() {
      return CodecType.LZ4_FRAME;
    }
  }
}
