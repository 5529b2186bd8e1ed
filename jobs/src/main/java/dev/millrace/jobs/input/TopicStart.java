package dev.millrace.jobs.input;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** Where the reading of a topic begins, if no checkpoint or savepoint says it. */
public final class TopicStart {

  private final OffsetsInitializer offsets;
  private final String words;

  private TopicStart(OffsetsInitializer offsets, String words) {
    this.offsets = offsets;
    this.words = words;
  }

  /**
   * Reads it.
   *
   * @param text earliest, latest, group or a time in ISO-8601
   * @throws IllegalArgumentException if it is none of them; the message says what is allowed
   */
  @SuppressWarnings("deprecation") // Flink's interface takes Kafka's deprecated type.
  public static TopicStart parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "earliest" -> new TopicStart(OffsetsInitializer.earliest(), "from its beginning");
      case "latest" -> new TopicStart(OffsetsInitializer.latest(), "from now on");
      case "group" ->
          new TopicStart(
              OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST),
              "from where its group is");
      default ->
          new TopicStart(
              OffsetsInitializer.timestamp(time(text, "earliest, latest, group").toEpochMilli()),
              "from " + text);
    };
  }

  static Instant time(String text, String words) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException noTime) {
      throw new IllegalArgumentException(
          "it is neither "
              + words.replace(", ", " nor ")
              + " nor a time such as 2025-03-01T00:00:00Z.",
          noTime);
    }
  }

  OffsetsInitializer offsets() {
    return offsets;
  }

  /** For people. */
  @Override
  public String toString() {
    return words;
  }
}
