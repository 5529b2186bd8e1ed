package dev.millrace.jobs.output;

import dev.millrace.jobs.kafka.SchemaRegistry;
import dev.millrace.jobs.kafka.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Avro binary, in Confluent's format where there is a registry.
 *
 * @param <T> the record
 */
final class AvroEncoder<T extends SpecificRecord> implements MessageEncoder<T> {

  private static final long serialVersionUID = 1L;

  private final Class<T> type;
  private final String topic;
  private final @Nullable SchemaRegistry registry;
  private int schemaId;
  private transient @Nullable SpecificDatumWriter<T> writer;

  AvroEncoder(Class<T> type, TopicWriting to) {
    this.type = type;
    this.topic = to.address().topic();
    this.registry = to.registry();
  }

  @Override
  public void open() throws IOException {
    writer = new SpecificDatumWriter<>(type);
    if (registry != null) {
      schemaId = registry.register(topic + "-value", SpecificData.get().getSchema(type));
    }
  }

  @Override
  public byte[] encode(T row) throws IOException {
    SpecificDatumWriter<T> ready = writer;
    if (ready == null) {
      throw new IllegalStateException("The encoder is not open.");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (registry != null) {
      WireFormat.writeHeader(schemaId, bytes);
    }
    BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(bytes, null);
    ready.write(row, binary);
    binary.flush();
    return bytes.toByteArray();
  }
}
