package dev.millrace.jobs.kafka;

import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A topic of Kafka, written {@code kafka://HOST:PORT/TOPIC}; several brokers are separated by
 * commas.
 *
 * @param brokers where to ask first, {@code HOST:PORT} separated by commas
 */
public record TopicAddress(String brokers, String topic) implements Serializable {

  private static final String SCHEME = "kafka://";
  private static final Pattern PARTS = Pattern.compile("kafka://([^/?#]*)/(.*)");
  private static final Pattern BROKER =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^\\s:@\\[\\]]+):(\\d{1,5})");
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  /** Whether the user means a topic, and not files. */
  public static boolean isMeant(String where) {
    return where.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none; the message says what is wrong and what to do
   */
  public static TopicAddress parse(String where) {
    Matcher parts = PARTS.matcher(where);
    if (!parts.matches()) {
      throw new IllegalArgumentException("it names no topic. Write kafka://HOST:PORT/TOPIC.");
    }
    for (String broker : parts.group(1).split(",", -1)) {
      Matcher address = BROKER.matcher(broker);
      if (!address.matches() || Integer.parseInt(address.group(2)) > 65_535) {
        throw new IllegalArgumentException(
            "'"
                + broker
                + "' is no broker. Write kafka://HOST:PORT/TOPIC, several brokers with commas"
                + " between them. Users and passwords belong into the file of --kafka-properties.");
      }
    }
    String topic = parts.group(2);
    if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
      throw new IllegalArgumentException(
          "'"
              + topic
              + "' cannot be a topic's name: letters, digits, '.', '_' and '-' can, up to 249"
              + " of them. Write kafka://HOST:PORT/TOPIC.");
    }
    return new TopicAddress(parts.group(1), topic);
  }

  /** The topic of another name on the same brokers. */
  public TopicAddress sibling(String other) {
    return new TopicAddress(brokers, other);
  }

  @Override
  public String toString() {
    return SCHEME + brokers + "/" + topic;
  }
}
