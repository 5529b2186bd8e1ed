package dev.millrace.jobs.output;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record is one message. The broker's clock gives the message its time: event time may be years
 * ago, and a topic's retention would drop it at once.
 *
 * @param <T> the record
 */
final class TopicMessages<T> implements KafkaRecordSerializationSchema<T> {

  private static final long serialVersionUID = 1L;

  /** What a message's key is; messages of a key stay in order. */
  interface Key<T> extends Function<T, @Nullable String>, Serializable {}

  private final String topic;
  private final Key<T> key;
  private final MessageEncoder<T> encoder;

  TopicMessages(String topic, Key<T> key, MessageEncoder<T> encoder) {
    this.topic = topic;
    this.key = key;
    this.encoder = encoder;
  }

  @Override
  public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink)
      throws IOException {
    encoder.open();
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      T row, KafkaSinkContext context, @Nullable Long timestamp) {
    String name = key.apply(row);
    try {
      return new ProducerRecord<>(
          topic, name == null ? null : name.getBytes(StandardCharsets.UTF_8), encoder.encode(row));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
