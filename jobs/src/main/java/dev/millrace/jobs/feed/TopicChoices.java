package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.input.TopicEnd;
import dev.millrace.jobs.input.TopicReading;
import dev.millrace.jobs.input.TopicStart;
import dev.millrace.jobs.kafka.KafkaSettings;
import dev.millrace.jobs.kafka.SchemaRegistry;
import dev.millrace.jobs.kafka.TopicAddress;
import dev.millrace.jobs.kafka.TopicCheck;
import dev.millrace.jobs.output.TopicWriting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Checks what the options say of topics, and asks the brokers and the registry. */
final class TopicChoices {

  private static final List<ConfigOption<?>> OF_TOPICS =
      List.of(
          FeedOptions.START,
          FeedOptions.UNTIL,
          FeedOptions.GROUP,
          FeedOptions.IDLE_TIMEOUT,
          FeedOptions.INTERACTIONS_SCHEMA,
          FeedOptions.ITEMS_SCHEMA,
          FeedOptions.SCHEMA_REGISTRY,
          FeedOptions.KAFKA_PROPERTIES,
          FeedOptions.TRANSACTIONAL_ID_PREFIX);

  private final Configuration values;
  private final Problems problems;
  private final KafkaSettings settings;
  private final @Nullable SchemaRegistry registry;
  private final TopicStart start;
  private final TopicEnd end;
  private final TopicCheck check;

  private TopicChoices(Configuration values, Problems problems) {
    this.values = values;
    this.problems = problems;
    this.settings = readSettings();
    this.registry = findRegistry();
    this.start = start();
    this.end = end();
    this.check = new TopicCheck(settings, problems);
  }

  /**
   * Checks what all topics have in common.
   *
   * @param given all that the user wrote
   * @param notes is told which options have no effect
   */
  static TopicChoices of(
      Configuration values, Map<String, String> given, Problems problems, List<String> notes) {
    boolean any =
        List.of(
                FeedOptions.INTERACTIONS,
                FeedOptions.ITEMS,
                FeedOptions.OUTPUT,
                FeedOptions.DEAD_LETTERS)
            .stream()
            .anyMatch(option -> isTopic(values.get(option)));
    if (any) {
      return new TopicChoices(values, problems);
    }
    for (ConfigOption<?> option : OF_TOPICS) {
      if (given.containsKey(option.key())) {
        notes.add("--" + option.key() + " is of topics and has no effect without one.");
      }
    }
    return new TopicChoices(new Configuration(), problems);
  }

  static boolean isTopic(@Nullable String where) {
    return where != null && TopicAddress.isMeant(where);
  }

  /**
   * How a topic is to be read.
   *
   * @param schema the option that names the file with the schema of plain Avro messages
   * @param expected the schema that the job reads
   * @return null if there are problems, which are added
   */
  @Nullable TopicReading reading(
      ConfigOption<String> option,
      FileFormat format,
      ConfigOption<String> schema,
      Schema expected) {
    String where = values.get(option);
    TopicAddress address = address(option, where);
    Map<Integer, Long> ends = address == null ? null : check.ends(option.key(), address);
    Schema writer = writer(schema, expected);
    return address == null || ends == null
        ? null
        : new TopicReading(
            address,
            settings,
            format,
            ends,
            start,
            end,
            values.get(FeedOptions.GROUP),
            values.get(FeedOptions.IDLE_TIMEOUT),
            writer,
            registry);
  }

  /**
   * How a topic is to be written.
   *
   * @return null if there are problems, which are added
   */
  @Nullable TopicWriting writing(ConfigOption<String> option, String where) {
    TopicAddress address = address(option, where);
    return address == null || check.ends(option.key(), address) == null
        ? null
        : new TopicWriting(
            address,
            settings,
            values
                .getOptional(FeedOptions.TRANSACTIONAL_ID_PREFIX)
                .orElse("millrace-" + address.topic()),
            registry);
  }

  private @Nullable TopicAddress address(ConfigOption<String> option, String where) {
    try {
      return TopicAddress.parse(where);
    } catch (IllegalArgumentException noAddress) {
      problems.add(option.key(), where, String.valueOf(noAddress.getMessage()));
      return null;
    }
  }

  private KafkaSettings readSettings() {
    String file = values.get(FeedOptions.KAFKA_PROPERTIES);
    try {
      return file == null ? KafkaSettings.NONE : KafkaSettings.read(Path.of(file));
    } catch (IOException | IllegalArgumentException unreadable) {
      problems.add(
          FeedOptions.KAFKA_PROPERTIES.key(),
          file,
          "it cannot be read as a file of properties ("
              + unreadable.getClass().getSimpleName()
              + "). Write NAME=VALUE, one on each line.");
      return KafkaSettings.NONE;
    }
  }

  private @Nullable SchemaRegistry findRegistry() {
    String url = values.get(FeedOptions.SCHEMA_REGISTRY);
    if (url == null) {
      return null;
    }
    try {
      SchemaRegistry found = new SchemaRegistry(url, settings);
      found.probe();
      return found;
    } catch (IllegalArgumentException noUrl) {
      problems.add(
          FeedOptions.SCHEMA_REGISTRY.key(),
          withoutSecret(url),
          String.valueOf(noUrl.getMessage()));
    } catch (IOException noAnswer) {
      problems.add(
          FeedOptions.SCHEMA_REGISTRY.key(),
          url,
          noAnswer.getMessage()
              + " Name one that answers, and what it asks for in the file of"
              + " --kafka-properties.");
    }
    return null;
  }

  private static String withoutSecret(String url) {
    return url.replaceFirst("//[^/]*@", "//…@");
  }

  private TopicStart start() {
    String text = values.get(FeedOptions.START);
    try {
      return TopicStart.parse(text);
    } catch (IllegalArgumentException none) {
      problems.add(FeedOptions.START.key(), text, String.valueOf(none.getMessage()));
      return TopicStart.parse(FeedOptions.START.defaultValue());
    }
  }

  private TopicEnd end() {
    String text = values.get(FeedOptions.UNTIL);
    try {
      return TopicEnd.parse(text);
    } catch (IllegalArgumentException none) {
      problems.add(FeedOptions.UNTIL.key(), text, String.valueOf(none.getMessage()));
      return TopicEnd.NEVER;
    }
  }

  private @Nullable Schema writer(ConfigOption<String> option, Schema expected) {
    String file = values.get(option);
    if (file == null) {
      return null;
    }
    if (registry != null) {
      problems.add(
          option.key(), file, "the schemas come from --schema-registry. Leave one of the two out.");
      return null;
    }
    try {
      Schema writer = new Schema.Parser().parse(Files.readString(Path.of(file)));
      SchemaCompatibility.SchemaPairCompatibility answer =
          SchemaCompatibility.checkReaderWriterCompatibility(expected, writer);
      if (answer.getType() == SchemaCompatibilityType.COMPATIBLE) {
        return writer;
      }
      problems.add(
          option.key(),
          file,
          "records of "
              + writer.getFullName()
              + " cannot be read as "
              + expected.getFullName()
              + ". Name a schema that Avro can resolve to it.");
    } catch (IOException | InvalidPathException unreadable) {
      problems.add(option.key(), file, "it cannot be read. Name a file with an Avro schema.");
    } catch (AvroRuntimeException noSchema) {
      problems.add(
          option.key(), file, "it is no Avro schema: " + noSchema.getMessage() + ". Correct it.");
    }
    return null;
  }
}
