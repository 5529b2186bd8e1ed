package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Batches between tasks and in state: a version, a length and an Arrow IPC stream, which describes
 * itself.
 *
 * <p>Ownership: {@link #copy(ArrowBatch)} shares the memory and makes a reference that belongs to
 * the consumer; so does {@link #deserialize(DataInputView)}, which builds a batch in a scope of its
 * own. An operator emits {@link ArrowBatch#lend()} and closes its reference after {@code collect}
 * returns; a consumer closes what it gets. That holds with object reuse on and off, and with
 * several consumers. Bytes of a batch that crosses the network are copied; keep an operator that
 * makes batches and one that reads them in one chain.
 */
public final class ArrowBatchSerializer extends TypeSerializerSingleton<ArrowBatch> {

  public static final ArrowBatchSerializer INSTANCE = new ArrowBatchSerializer();

  private static final long serialVersionUID = 1L;
  private static final int VERSION = 1;

  @Override
  public boolean isImmutableType() {
    // The memory never changes, but each holder needs a reference of its own, so Flink must copy.
    return false;
  }

  /** An empty batch without columns. */
  @Override
  public ArrowBatch createInstance() {
    try (MemoryScope scope = MemoryScope.open("empty batch")) {
      return ArrowBatch.own(scope, new VectorSchemaRoot(List.<FieldVector>of()));
    }
  }

  @Override
  public ArrowBatch copy(ArrowBatch from) {
    return from.retain();
  }

  @Override
  public ArrowBatch copy(ArrowBatch from, ArrowBatch reuse) {
    return copy(from);
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(ArrowBatch batch, DataOutputView target) throws IOException {
    DataOutputSerializer stream = new DataOutputSerializer(1024);
    try (ArrowStreamWriter writer =
        new ArrowStreamWriter(
            batch.root(), null, Channels.newChannel(new DataOutputStreamOf(stream)))) {
      writer.start();
      writer.writeBatch();
      writer.end();
    }
    target.writeByte(VERSION);
    target.writeInt(stream.length());
    target.write(stream.getSharedBuffer(), 0, stream.length());
  }

  @Override
  public ArrowBatch deserialize(DataInputView source) throws IOException {
    byte[] stream = new byte[readHeader(source)];
    source.readFully(stream);
    try (MemoryScope scope = MemoryScope.open("received batch");
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(stream), scope.allocator())) {
      VectorSchemaRoot read = reader.getVectorSchemaRoot();
      if (!reader.loadNextBatch()) {
        throw new IOException("The Arrow stream of a batch ends before its batch.");
      }
      // The reader closes its vectors, so the batch takes the buffers into vectors of its own.
      VectorSchemaRoot own = VectorSchemaRoot.create(read.getSchema(), scope.allocator());
      try (ArrowRecordBatch buffers = new VectorUnloader(read).getRecordBatch()) {
        new VectorLoader(own).load(buffers);
      } catch (RuntimeException failure) {
        own.close();
        throw failure;
      }
      return ArrowBatch.own(scope, own);
    }
  }

  @Override
  public ArrowBatch deserialize(ArrowBatch reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    byte[] stream = new byte[readHeader(source)];
    source.readFully(stream);
    target.writeByte(VERSION);
    target.writeInt(stream.length);
    target.write(stream);
  }

  private static int readHeader(DataInputView source) throws IOException {
    int version = source.readByte();
    if (version != VERSION) {
      throw new IOException(
          "A batch of format version "
              + version
              + " cannot be read: this Millrace reads version "
              + VERSION
              + ". Restore it with the Millrace that wrote it.");
    }
    return source.readInt();
  }

  @Override
  public TypeSerializerSnapshot<ArrowBatch> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says that there is one format, which carries its version in each batch. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ArrowBatch> {

    public Snapshot() {
      super(() -> INSTANCE);
    }
  }

  /** Flink's growing buffer as a stream. */
  private static final class DataOutputStreamOf extends OutputStream {
    private final DataOutputSerializer target;

    DataOutputStreamOf(DataOutputSerializer target) {
      this.target = target;
    }

    @Override
    public void write(int value) throws IOException {
      target.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      target.write(bytes, offset, length);
    }
  }
}
