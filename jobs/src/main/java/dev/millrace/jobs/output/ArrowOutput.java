package dev.millrace.jobs.output;

import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/** Arrow IPC files, not compressed. Every type there is. */
public final class ArrowOutput implements TableOutput {

  private static final long serialVersionUID = 1L;

  @Override
  public String ending() {
    return ".arrow";
  }

  @Override
  public void check(Schema columns) {
    // What comes as Arrow can be written as Arrow.
  }

  @Override
  public TableWriter open(OutputStream out, Schema columns) throws IOException {
    return new Writer(out, columns);
  }

  private static final class Writer implements TableWriter {
    private final MemoryScope scope = MemoryScope.open("Arrow file that is written");
    private final VectorSchemaRoot root;
    private final ArrowFileWriter writer;

    Writer(OutputStream out, Schema columns) throws IOException {
      root = VectorSchemaRoot.create(columns, scope.allocator());
      writer = new ArrowFileWriter(root, null, Channels.newChannel(out));
      writer.start();
    }

    @Override
    public void write(VectorSchemaRoot rows) throws IOException {
      // The buffers are shared: what is written lies where it lay.
      try (ArrowRecordBatch buffers = new VectorUnloader(rows).getRecordBatch()) {
        new VectorLoader(root).load(buffers);
      }
      try {
        writer.writeBatch();
      } finally {
        root.clear();
      }
    }

    @Override
    public void close() throws IOException {
      try {
        writer.end();
      } finally {
        root.close();
        scope.close();
      }
    }
  }
}
