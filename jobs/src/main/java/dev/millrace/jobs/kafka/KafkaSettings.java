package dev.millrace.jobs.kafka;

import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What the user's properties file says of how brokers and the schema registry are reached. It holds
 * secrets: its text shows the names and never the values. Immutable.
 */
public final class KafkaSettings implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final String REGISTRY = "schema.registry.";

  /** Nothing but what clients do by themselves. */
  public static final KafkaSettings NONE = new KafkaSettings(Map.of());

  private final TreeMap<String, String> values;

  private KafkaSettings(Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  /**
   * Reads a file of Java properties.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is no file of properties
   */
  public static KafkaSettings read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, String> values = new TreeMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> values.put(name, properties.getProperty(name)));
    return new KafkaSettings(values);
  }

  /** For a client of the brokers of an address; a new object, the caller's to change. */
  public Properties client(TopicAddress address) {
    Properties properties = new Properties();
    values.forEach(
        (name, value) -> {
          if (!name.startsWith(REGISTRY)) {
            properties.setProperty(name, value);
          }
        });
    properties.setProperty("bootstrap.servers", address.brokers());
    return properties;
  }

  /** A setting of the schema registry, without its prefix; empty if there is none. */
  String registry(String name) {
    return values.getOrDefault(REGISTRY + name, "");
  }

  @Override
  public String toString() {
    return "KafkaSettings" + values.keySet();
  }
}
