package dev.millrace.jobs.input;

import dev.millrace.jobs.kafka.SchemaRegistry;
import dev.millrace.jobs.kafka.WireFormat;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** With which schema a message was written, and where its Avro binary begins. */
interface WriterSchemas extends Serializable {

  /**
   * The schema of a message.
   *
   * @throws UnreadableRowException if the message does not say, or says nonsense
   * @throws IOException if it cannot be found out now
   */
  Schema of(byte[] message) throws IOException, UnreadableRowException;

  /** Bytes before the Avro binary. */
  int headerBytes();

  /** All messages with the same schema, and nothing but the Avro binary in each. */
  final class One implements WriterSchemas {
    private static final long serialVersionUID = 1L;
    private final String text;
    private transient @Nullable Schema parsed;

    One(Schema schema) {
      this.text = schema.toString();
    }

    @Override
    public Schema of(byte[] message) {
      Schema ready = parsed;
      if (ready == null) {
        ready = new Schema.Parser().parse(text);
        parsed = ready;
      }
      return ready;
    }

    @Override
    public int headerBytes() {
      return 0;
    }
  }

  /** Each message says the id of its schema in a registry. Each id is asked for once. */
  final class Registered implements WriterSchemas {
    private static final long serialVersionUID = 1L;
    private final SchemaRegistry registry;
    private transient @Nullable Map<Integer, Schema> known;

    Registered(SchemaRegistry registry) {
      this.registry = registry;
    }

    @Override
    public Schema of(byte[] message) throws IOException, UnreadableRowException {
      int id =
          WireFormat.schemaId(message)
              .orElseThrow(
                  () ->
                      new UnreadableRowException(
                          "It does not begin with a zero byte and the id of a schema."));
      Map<Integer, Schema> schemas = known;
      if (schemas == null) {
        schemas = new HashMap<>();
        known = schemas;
      }
      Schema schema = schemas.get(id);
      if (schema == null) {
        schema = ask(id);
        schemas.put(id, schema);
      }
      return schema;
    }

    private Schema ask(int id) throws IOException, UnreadableRowException {
      try {
        return registry
            .schema(id)
            .orElseThrow(
                () ->
                    new UnreadableRowException(
                        "The schema registry at "
                            + registry
                            + " knows no schema of the id "
                            + id
                            + "."));
      } catch (AvroRuntimeException unusable) {
        throw new UnreadableRowException(
            "Its schema cannot be used: " + unusable.getMessage() + ".");
      }
    }

    @Override
    public int headerBytes() {
      return WireFormat.HEADER_BYTES;
    }
  }
}
