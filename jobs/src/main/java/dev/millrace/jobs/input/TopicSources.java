package dev.millrace.jobs.input;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Sources of rows from topics. Their offsets are in Flink's checkpoints; the group's are committed
 * with each, for people to see and for {@code --start group}.
 */
public final class TopicSources {

  private TopicSources() {}

  /**
   * The rows of interactions.
   *
   * @param needsText whether a row without a text is invalid
   * @param ahead by how much a row's time may be ahead of this machine's clock
   */
  public static KafkaSource<SourceRow> interactions(
      TopicReading topic,
      Columns columns,
      TimeFormat timeFormat,
      boolean needsText,
      Duration ahead) {
    RowClassifier classifier = new RowClassifier(timeFormat, needsText, ahead);
    MessageDecoder decoder =
        topic.format() == FileFormat.JSONL
            ? new JsonRows(columns, classifier)
            : AvroMessages.interactions(topic.writers(Interaction.getClassSchema()), classifier);
    KafkaSourceBuilder<SourceRow> source =
        source(topic, decoder, "").setStartingOffsets(topic.start().offsets());
    if (topic.end().bounded()) {
      source.setBounded(topic.end().offsets(topic.endOffsets()));
    }
    return source.build();
  }

  /** The items that were in a catalogue's topic when the job was made; it ends with them. */
  public static KafkaSource<SourceRow> items(TopicReading topic) {
    return source(topic, items(topic.writers(Item.getClassSchema())), "-items")
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setBounded(OffsetsInitializer.offsets(topic.endOffsets()))
        .build();
  }

  /** The items that have come to a catalogue's topic since the job was made; it does not end. */
  public static KafkaSource<SourceRow> laterItems(TopicReading topic) {
    return source(topic, items(topic.writers(Item.getClassSchema())), "-later-items")
        .setStartingOffsets(OffsetsInitializer.offsets(topic.endOffsets()))
        .build();
  }

  private static MessageDecoder items(WriterSchemas writers) {
    return AvroMessages.items(writers);
  }

  private static KafkaSourceBuilder<SourceRow> source(
      TopicReading topic, MessageDecoder decoder, String part) {
    Properties properties = topic.settings().client(topic.address());
    // What an aborted transaction has written is not there.
    properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    return KafkaSource.<SourceRow>builder()
        .setBootstrapServers(topic.address().brokers())
        .setTopics(topic.address().topic())
        .setGroupId(topic.group() + part)
        .setProperties(properties)
        .setDeserializer(new TopicRows(topic.address(), decoder));
  }
}
