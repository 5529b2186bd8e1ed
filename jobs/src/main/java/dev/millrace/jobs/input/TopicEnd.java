package dev.millrace.jobs.input;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Where the reading of a topic ends. */
public final class TopicEnd {

  /** Nowhere: the job runs until it is stopped. */
  public static final TopicEnd NEVER = new TopicEnd(false, null);

  private final boolean bounded;
  private final @Nullable Instant time;

  private TopicEnd(boolean bounded, @Nullable Instant time) {
    this.bounded = bounded;
    this.time = time;
  }

  /**
   * Reads it.
   *
   * @param text latest or a time in ISO-8601; null for no end
   * @throws IllegalArgumentException if it is none of them; the message says what is allowed
   */
  public static TopicEnd parse(@Nullable String text) {
    if (text == null) {
      return NEVER;
    }
    return text.toLowerCase(Locale.ROOT).equals("latest")
        ? new TopicEnd(true, null)
        : new TopicEnd(true, TopicStart.time(text, "latest"));
  }

  /** Whether there is one. */
  public boolean bounded() {
    return bounded;
  }

  /** The time before which messages are read; null where there is none. */
  @Nullable Instant time() {
    return time;
  }

  /**
   * The offsets at which to end.
   *
   * @param now the ends of the partitions when the job was made: asking for them again when the job
   *     starts anew would move them
   */
  OffsetsInitializer offsets(Map<TopicPartition, Long> now) {
    return time == null
        ? OffsetsInitializer.offsets(now)
        : OffsetsInitializer.timestamp(time.toEpochMilli());
  }
}
