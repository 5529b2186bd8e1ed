package dev.millrace.jobs.kafka;

import dev.millrace.jobs.cli.Problems;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Asks the brokers, before a job starts, whether a topic is there. */
public final class TopicCheck {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaSettings settings;
  private final Problems problems;

  public TopicCheck(KafkaSettings settings, Problems problems) {
    this.settings = settings;
    this.problems = problems;
  }

  /**
   * Looks a topic up. Takes seconds at most.
   *
   * @param option the option that names it, for messages
   * @return the offset behind the last message of each partition, as of now; null if that is a
   *     problem, which is added then
   */
  public @Nullable Map<Integer, Long> ends(String option, TopicAddress address) {
    try (Admin admin = Admin.create(hurried(address))) {
      TopicDescription topic =
          Objects.requireNonNull(
              admin
                  .describeTopics(List.of(address.topic()))
                  .allTopicNames()
                  .get(PATIENCE.toMillis() * 2, TimeUnit.MILLISECONDS)
                  .get(address.topic()));
      Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
      topic
          .partitions()
          .forEach(
              partition ->
                  wanted.put(
                      new TopicPartition(address.topic(), partition.partition()),
                      OffsetSpec.latest()));
      Map<Integer, Long> ends = new HashMap<>();
      admin
          .listOffsets(wanted)
          .all()
          .get(PATIENCE.toMillis() * 2, TimeUnit.MILLISECONDS)
          .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
      return ends;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      problems.add(option, address, "it was not looked up: the process is ending.");
    } catch (ExecutionException failed) {
      problems.add(option, address, remedy(address, failed.getCause()));
    } catch (java.util.concurrent.TimeoutException | KafkaException failed) {
      problems.add(option, address, remedy(address, failed));
    }
    return null;
  }

  private Properties hurried(TopicAddress address) {
    Properties properties = settings.client(address);
    properties.setProperty(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, String.valueOf(PATIENCE.toMillis()));
    properties.setProperty(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, String.valueOf(PATIENCE.toMillis()));
    return properties;
  }

  private static String remedy(TopicAddress address, @Nullable Throwable failure) {
    String said = failure == null ? "" : String.valueOf(failure.getMessage());
    if (failure instanceof UnknownTopicOrPartitionException) {
      return "there is no topic '"
          + address.topic()
          + "' on "
          + address.brokers()
          + ". Create it, or name one that is there.";
    }
    if (failure instanceof AuthenticationException) {
      return "the broker does not accept who we are: "
          + said
          + ". Correct the file of --kafka-properties.";
    }
    if (failure instanceof AuthorizationException) {
      return "the broker does not allow it: " + said + ". Allow this user to describe the topic.";
    }
    if (failure instanceof TimeoutException
        || failure instanceof java.util.concurrent.TimeoutException) {
      return "no broker answers at "
          + address.brokers()
          + " within "
          + PATIENCE.toSeconds()
          + " s. Name one that does; where it wants TLS or a password, say so in the file of"
          + " --kafka-properties.";
    }
    Throwable root = failure;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return "it cannot be reached: "
        + (root == null ? "" : root.getMessage())
        + ". Correct the address, or the file of --kafka-properties.";
  }
}
