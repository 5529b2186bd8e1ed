package dev.millrace.jobs.output;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.avro.AvroWriterFactory;
import org.apache.flink.formats.avro.AvroWriters;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Sinks that write exactly once: a file with its final name is committed, and so is a message for a
 * consumer with {@code isolation.level=read_committed}.
 */
public final class FeedSinks {

  /** Brokers allow no more by default; Flink's own default is an hour, which they then refuse. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  private FeedSinks() {}

  /** The feed. In a topic, a person's feeds have the person for their key and stay in order. */
  public static Sink<Recommendation> recommendations(Destination to, OutputFormat format) {
    if (to instanceof TopicWriting topic) {
      return topic(
          topic,
          "-feed",
          Recommendation::getUserId,
          format == OutputFormat.JSONL
              ? new JsonEncoder()
              : new AvroEncoder<>(Recommendation.class, topic));
    }
    Path folder = ((OutputFolder) to).path();
    return switch (format) {
      case AVRO ->
          bulk(folder, AvroWriters.forSpecificRecord(Recommendation.class), OutputFolder.AVRO);
      case JSONL ->
          FileSink.forRowFormat(folder, new JsonLines())
              .withBucketAssigner(new BasePathBucketAssigner<>())
              .withRollingPolicy(OnCheckpointRollingPolicy.build())
              .withOutputFileConfig(names(OutputFolder.JSONL))
              .build();
    };
  }

  /** The dead letters. A folder is made with the first of them. */
  public static Sink<DeadLetter> deadLetters(Destination to) {
    return to instanceof TopicWriting topic
        ? topic(
            topic,
            "-dead-letters",
            DeadLetter::getSource,
            new AvroEncoder<>(DeadLetter.class, topic))
        : bulk(
            ((OutputFolder) to).path(),
            AvroWriters.forSpecificRecord(DeadLetter.class),
            OutputFolder.AVRO);
  }

  private static <T> Sink<T> topic(
      TopicWriting to, String part, TopicMessages.Key<T> key, MessageEncoder<T> encoder) {
    Properties properties = to.settings().client(to.address());
    properties.putIfAbsent(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, String.valueOf(TRANSACTION_TIMEOUT.toMillis()));
    return new TopicSink<>(
        KafkaSink.<T>builder()
            .setBootstrapServers(to.address().brokers())
            .setKafkaProducerConfig(properties)
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(to.transactionalIdPrefix() + part)
            .setRecordSerializer(new TopicMessages<>(to.address().topic(), key, encoder))
            .build());
  }

  private static <T> FileSink<T> bulk(Path folder, AvroWriterFactory<T> writer, String ending) {
    return FileSink.forBulkFormat(folder, writer)
        .withBucketAssigner(new BasePathBucketAssigner<>())
        .withRollingPolicy(OnCheckpointRollingPolicy.build())
        .withOutputFileConfig(names(ending))
        .build();
  }

  private static OutputFileConfig names(String ending) {
    return OutputFileConfig.builder()
        .withPartPrefix(OutputFolder.PREFIX)
        .withPartSuffix(ending)
        .build();
  }
}
