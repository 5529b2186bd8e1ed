package dev.millrace.jobs.input;

import dev.millrace.jobs.kafka.GroupOffsets;
import dev.millrace.jobs.kafka.KafkaSettings;
import dev.millrace.jobs.kafka.SchemaRegistry;
import dev.millrace.jobs.kafka.TopicAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How a topic is read; checked.
 *
 * @param format AVRO or JSONL
 * @param ends the offset behind the last message of each partition when the job was made
 * @param group the consumer group
 * @param idleness after how long without a message a partition does not hold time back any more
 * @param writer the schema of messages that are plain Avro; null where another answer is given
 * @param registry where the schemas of messages in Confluent's format are, or null
 */
public record TopicReading(
    TopicAddress address,
    KafkaSettings settings,
    FileFormat format,
    Map<Integer, Long> ends,
    TopicStart start,
    TopicEnd end,
    String group,
    Duration idleness,
    @Nullable Schema writer,
    @Nullable SchemaRegistry registry)
    implements RowOrigin {

  @Override
  public boolean bounded() {
    return end.bounded();
  }

  /**
   * Says that the group has read it to its end, for {@code --start group}. To be called when a job
   * that reads it so far is done.
   *
   * @throws IOException if the brokers do not take it
   */
  public void commitEnd() throws IOException {
    GroupOffsets.commit(settings, address, group, endOffsets(), end.time());
  }

  WriterSchemas writers(Schema ifPlain) {
    return registry != null
        ? new WriterSchemas.Registered(registry)
        : new WriterSchemas.One(writer == null ? ifPlain : writer);
  }

  Map<TopicPartition, Long> endOffsets() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    ends.forEach(
        (partition, end) -> offsets.put(new TopicPartition(address.topic(), partition), end));
    return offsets;
  }
}
