package dev.millrace.jobs.input;

import dev.millrace.jobs.kafka.TopicAddress;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A message of a topic is one row. One that cannot be read is a dead letter with its topic,
 * partition, offset and bytes.
 */
final class TopicRows implements KafkaRecordDeserializationSchema<SourceRow> {

  private static final long serialVersionUID = 1L;

  private final TopicAddress address;
  private final MessageDecoder decoder;

  TopicRows(TopicAddress address, MessageDecoder decoder) {
    this.address = address;
    this.decoder = decoder;
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<SourceRow> rows)
      throws IOException {
    byte[] value = message.value();
    if (value == null) {
      rows.collect(unreadable(message, new byte[0], "The message has no value."));
      return;
    }
    SourceRow row;
    try {
      row = decoder.decode(value);
    } catch (UnreadableRowException broken) {
      row = unreadable(message, value, broken.reason());
    }
    rows.collect(row);
  }

  private SourceRow unreadable(ConsumerRecord<byte[], byte[]> message, byte[] value, String why) {
    return DeadLetters.unreadable(
        address + "/" + message.partition(), message.offset(), value, why);
  }

  @Override
  public TypeInformation<SourceRow> getProducedType() {
    return SourceRowTypeInfoFactory.TYPE;
  }
}
