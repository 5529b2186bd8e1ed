package dev.millrace.jobs.kafka;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far a consumer group has read a topic. Flink commits that with checkpoints, and the last of
 * it is lost when a source ends before its commit is on its way.
 */
public final class GroupOffsets {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private GroupOffsets() {}

  /**
   * Says that a group has read a topic up to its end. Takes seconds at most.
   *
   * @param ends the offset behind the last message that was read, of each partition
   * @param time if there is one, the first message of this time or later was the end of each
   *     partition that has such a message
   * @throws IOException if the brokers do not take it
   */
  public static void commit(
      KafkaSettings settings,
      TopicAddress address,
      String group,
      Map<TopicPartition, Long> ends,
      @Nullable Instant time)
      throws IOException {
    Properties client = settings.client(address);
    try (Admin admin = Admin.create(client)) {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      ends.forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end)));
      if (time != null) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        ends.keySet()
            .forEach(
                partition -> wanted.put(partition, OffsetSpec.forTimestamp(time.toEpochMilli())));
        admin
            .listOffsets(wanted)
            .all()
            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .forEach(
                (partition, found) -> {
                  if (found.offset() >= 0) {
                    offsets.put(partition, new OffsetAndMetadata(found.offset()));
                  }
                });
      }
      admin
          .alterConsumerGroupOffsets(group, offsets)
          .all()
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("The process is ending.", interrupted);
    } catch (ExecutionException | TimeoutException | KafkaException failed) {
      throw new IOException(
          "How far the group '"
              + group
              + "' has read "
              + address
              + " could not be committed, so --start group would begin before it: "
              + failed.getMessage(),
          failed);
    }
  }
}
