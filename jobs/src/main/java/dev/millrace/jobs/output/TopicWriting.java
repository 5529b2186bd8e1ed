package dev.millrace.jobs.output;

import dev.millrace.jobs.kafka.KafkaSettings;
import dev.millrace.jobs.kafka.SchemaRegistry;
import dev.millrace.jobs.kafka.TopicAddress;
import org.jspecify.annotations.Nullable;

/**
 * How a topic is written; checked.
 *
 * @param transactionalIdPrefix what the names of this job's transactions begin with
 * @param registry where the schema is registered, for messages in Confluent's format; null for
 *     plain Avro
 */
public record TopicWriting(
    TopicAddress address,
    KafkaSettings settings,
    String transactionalIdPrefix,
    @Nullable SchemaRegistry registry)
    implements Destination {

  @Override
  public int prepare() {
    return 0;
  }

  @Override
  public boolean removeIfEmpty() {
    return true;
  }

  @Override
  public void undo() {}

  @Override
  public String name() {
    return address.toString();
  }
}
