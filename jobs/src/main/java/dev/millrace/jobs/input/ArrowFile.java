package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.ValueVectorUtility;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * An open Arrow IPC file or stream, read from its beginning to its end. Used by one thread, but for
 * the batches, which are whoever's owns them.
 */
final class ArrowFile implements ArrowBatches {

  private final Path path;
  private final ArrowMessages messages;
  private final Schema schema;
  private final MemoryScope scope;

  private ArrowFile(Path path, ArrowMessages messages, Schema schema) {
    this.path = path;
    this.messages = messages;
    this.schema = schema;
    this.scope = MemoryScope.open("file " + path.getName());
  }

  /** Opens a file at its first batch. The caller closes it. */
  static ArrowFile open(Path path) throws IOException {
    ArrowMessages messages = ArrowKind.open(path);
    try {
      Message first = messages.next();
      if (first == null || first.headerType() != MessageHeader.Schema) {
        throw new IOException("it does not begin with a schema");
      }
      Schema schema = MessageSerializer.deserializeSchema(first);
      refuseDictionaries(path, schema.getFields());
      return new ArrowFile(path, messages, schema);
    } catch (IOException | RuntimeException failed) {
      messages.close();
      throw ArrowFileException.of(path, failed);
    }
  }

  private static void refuseDictionaries(Path path, List<Field> fields) throws IOException {
    for (Field field : fields) {
      if (field.getDictionary() != null) {
        throw new ArrowFileException(
            path,
            "has the column '"
                + field.getName()
                + "' encoded by a dictionary. Write its values as they are, for example with"
                + " dictionary_decode() in pyarrow.");
      }
      refuseDictionaries(path, field.getChildren());
    }
  }

  /** The columns. */
  Schema schema() {
    return schema;
  }

  /** Goes over a batch and says how many rows it has; below zero at the end. */
  long skipOne() throws IOException {
    try {
      Message message = nextBatch();
      if (message == null) {
        return -1;
      }
      RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
      if (batch == null) {
        throw new IOException("a batch has no head");
      }
      messages.skipBody(message);
      return batch.length();
    } catch (IOException | RuntimeException failed) {
      throw ArrowFileException.of(path, failed);
    }
  }

  @Override
  public @Nullable ArrowBatch next() throws IOException {
    try {
      Message message = nextBatch();
      return message == null ? null : load(message);
    } catch (IOException | RuntimeException failed) {
      throw ArrowFileException.of(path, failed);
    }
  }

  /** Goes over batches that were read before. */
  void skip(long batches) throws IOException {
    try {
      for (long done = 0; done < batches; done++) {
        Message message = nextBatch();
        if (message == null) {
          throw new ArrowFileException(
              path,
              "now has "
                  + done
                  + " batches; "
                  + batches
                  + " of it were read before. Files must not change while a job reads them.");
        }
        messages.skipBody(message);
      }
    } catch (IOException | RuntimeException failed) {
      throw ArrowFileException.of(path, failed);
    }
  }

  private @Nullable Message nextBatch() throws IOException {
    Message message = messages.next();
    if (message != null && message.headerType() != MessageHeader.RecordBatch) {
      throw new IOException(
          "among its batches is a message of type "
              + message.headerType()
              + ", and a batch is of type "
              + MessageHeader.RecordBatch);
    }
    return message;
  }

  private ArrowBatch load(Message message) throws IOException {
    ArrowBuf body = messages.body(message, scope.allocator());
    VectorSchemaRoot root = null;
    try {
      root = VectorSchemaRoot.create(schema, scope.allocator());
      try (ArrowRecordBatch buffers = MessageSerializer.deserializeRecordBatch(message, body)) {
        new VectorLoader(root, NoCompression.INSTANCE).load(buffers);
      }
      validate(root);
      return ArrowBatch.own(scope, root);
    } catch (IOException | RuntimeException failed) {
      if (root != null) {
        root.close();
      }
      // How many references Arrow had taken when it failed, it does not say.
      while (body.capacity() > 0 && body.refCnt() > 0) {
        body.getReferenceManager().release();
      }
      throw failed;
    }
  }

  /** Whoever reads texts by address relies on offsets that stay within their buffer. */
  private static void validate(VectorSchemaRoot root) {
    for (FieldVector column : root.getFieldVectors()) {
      if (column instanceof BaseVariableWidthVector) {
        ValueVectorUtility.validateFull(column);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      messages.close();
    } finally {
      scope.close();
    }
  }
}
