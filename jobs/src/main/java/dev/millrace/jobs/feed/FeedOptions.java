package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.FileFormat;
import dev.millrace.jobs.output.OutputFormat;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * The options of {@code millrace feed} that are not those of inference. Declared here and nowhere
 * else: the command line, its help and the documentation follow from the declaration.
 */
public final class FeedOptions {

  public static final ConfigOption<String> INTERACTIONS =
      ConfigOptions.key("interactions")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "What people bought: a file, a folder (with the folders in it) or a glob in quotes. A"
                  + " name that ends in .gz is read through gzip. The files are read in the order"
                  + " of their names. Or a topic: kafka://HOST:PORT/TOPIC. Without it, a storefront"
                  + " is made up.");

  public static final ConfigOption<String> ITEMS =
      ConfigOptions.key("items")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The catalogue: Avro files of Item, a file, a folder or a glob, or a topic of Item:"
                  + " kafka://HOST:PORT/TOPIC, read from its beginning. With it, the items' texts"
                  + " come from here and the rows need none.");

  public static final ConfigOption<FileFormat> FORMAT =
      ConfigOptions.key("format")
          .enumType(FileFormat.class)
          .defaultValue(FileFormat.CSV)
          .withDescription(
              "How the rows of --interactions are written. In a topic avro, also without this"
                  + " option, or jsonl: a JSON object a message.");

  public static final ConfigOption<String> USER_COLUMN =
      ConfigOptions.key("user-column")
          .stringType()
          .defaultValue("user")
          .withDescription("The column, or the JSON field, that says who bought.");

  public static final ConfigOption<String> ITEM_COLUMN =
      ConfigOptions.key("item-column")
          .stringType()
          .defaultValue("item")
          .withDescription("The column that says what was bought.");

  public static final ConfigOption<String> TEXT_COLUMN =
      ConfigOptions.key("text-column")
          .stringType()
          .defaultValue("text")
          .withDescription("The column with the item's text, which is embedded.");

  public static final ConfigOption<String> BASKET_COLUMN =
      ConfigOptions.key("basket-column")
          .stringType()
          .defaultValue("basket")
          .withDescription(
              "The column whose value the rows of one basket share. Without such a column, each row"
                  + " is a basket.");

  public static final ConfigOption<Duration> BASKET_GAP =
      ConfigOptions.key("basket-gap")
          .durationType()
          .defaultValue(Duration.ofMinutes(5))
          .withDescription(
              "By how much the rows of a basket may be apart. A feed comes so much event time after"
                  + " its basket; with 0 at once, and the rows of a basket must have one time.");

  public static final ConfigOption<String> QUANTITY_COLUMN =
      ConfigOptions.key("quantity-column")
          .stringType()
          .defaultValue("quantity")
          .withDescription(
              "The column that says how many were bought. Zero or less is a return. Without such a"
                  + " column, each row is one.");

  public static final ConfigOption<String> TIME_COLUMN =
      ConfigOptions.key("time-column")
          .stringType()
          .defaultValue("time")
          .withDescription("The column that says when.");

  public static final ConfigOption<String> TIME_FORMAT =
      ConfigOptions.key("time-format")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "How times are written: a pattern such as 'yyyy-MM-dd HH:mm:ss', or epoch-seconds, or"
                  + " epoch-millis. Without it, ISO-8601.");

  public static final ConfigOption<String> TIME_ZONE =
      ConfigOptions.key("time-zone")
          .stringType()
          .defaultValue("UTC")
          .withDescription("The zone of times that name none.");

  public static final ConfigOption<Duration> TIME_DISORDER =
      ConfigOptions.key("time-disorder")
          .durationType()
          .defaultValue(Duration.ofHours(1))
          .withDescription(
              "By how much a row may be earlier than one before it and still count in its place.");

  public static final ConfigOption<Duration> TIME_AHEAD =
      ConfigOptions.key("time-ahead")
          .durationType()
          .defaultValue(Duration.ofDays(1))
          .withDescription(
              "By how much a row's time may be ahead of this machine's clock. A row beyond it is"
                  + " invalid: all that follow it would be late.");

  public static final ConfigOption<Integer> TOP_K =
      ConfigOptions.key("top-k")
          .intType()
          .defaultValue(20)
          .withDescription("How many items a feed holds, at least 1.");

  public static final ConfigOption<Integer> DISCOVER =
      ConfigOptions.key("discover")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Of ten places of a feed, how many at least are kept for items that the person has"
                  + " not bought, from 0 to 10. With 0, such items are where they are the likelier"
                  + " ones.");

  public static final ConfigOption<String> SOURCES =
      ConfigOptions.key("sources")
          .stringType()
          .defaultValue("history,companions,content,trend")
          .withDescription(
              "What a feed is made of, with commas: history, what the person bought; companions,"
                  + " what is bought together with it; content, what is near to it in meaning;"
                  + " trend, what many buy lately.");

  public static final ConfigOption<Integer> EXACT_UP_TO =
      ConfigOptions.key("exact-up-to")
          .intType()
          .defaultValue(100_000)
          .withDescription(
              "With so many items at most, what is near to an item is found by comparing it with"
                  + " all others. With more, along a graph (HNSW), which is many times faster and"
                  + " misses some.");

  public static final ConfigOption<String> OUTPUT =
      ConfigOptions.key("output")
          .stringType()
          .defaultValue("out/feed")
          .withDescription(
              "The folder for the feed. What an earlier feed wrote there is replaced; a folder that"
                  + " holds anything else is refused. Or a topic: kafka://HOST:PORT/TOPIC. Its"
                  + " messages are committed with each checkpoint; read them with"
                  + " isolation.level=read_committed.");

  public static final ConfigOption<OutputFormat> OUTPUT_FORMAT =
      ConfigOptions.key("output-format")
          .enumType(OutputFormat.class)
          .defaultValue(OutputFormat.AVRO)
          .withDescription("How the feed is written.");

  public static final ConfigOption<String> DEAD_LETTERS =
      ConfigOptions.key("dead-letters")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The folder for rows that could not be read or embedded, as Avro files of DeadLetter."
                  + " It is there only if there are any. Or a topic: kafka://HOST:PORT/TOPIC."
                  + " Without this option, the folder or topic of --output with -dead-letters"
                  + " added.");

  public static final ConfigOption<String> REPORT =
      ConfigOptions.key("report")
          .stringType()
          .noDefaultValue()
          .withDescription("The file for the report, JSON with the figures of the summary.");

  public static final ConfigOption<Integer> PARALLELISM =
      ConfigOptions.key("parallelism")
          .intType()
          .noDefaultValue()
          .withDescription(
              "How many subtasks work at once. Without it, as many as there are cores.");

  public static final ConfigOption<Duration> CHECKPOINT_INTERVAL =
      ConfigOptions.key("checkpoint-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(3))
          .withDescription(
              "How often the job's state is saved and the files that are written are committed.");

  public static final ConfigOption<String> START =
      ConfigOptions.key("start")
          .stringType()
          .defaultValue("earliest")
          .withDescription(
              "Where the topic of --interactions is read from: earliest, latest, group (where the"
                  + " consumer group is; earliest if it is nowhere), or the time of the messages,"
                  + " such as 2025-03-01T00:00:00Z.");

  public static final ConfigOption<String> UNTIL =
      ConfigOptions.key("until")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where the topic of --interactions is read to: latest, which is what is there when"
                  + " the job starts, or the time of the messages. Without it, the job runs until"
                  + " it is stopped.");

  public static final ConfigOption<String> GROUP =
      ConfigOptions.key("group")
          .stringType()
          .defaultValue("millrace-feed")
          .withDescription("The consumer group. Its offsets are committed with each checkpoint.");

  public static final ConfigOption<Duration> IDLE_TIMEOUT =
      ConfigOptions.key("idle-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(30))
          .withDescription(
              "After how long without a message a partition does not hold the others' time back.");

  public static final ConfigOption<String> INTERACTIONS_SCHEMA =
      ConfigOptions.key("interactions-schema")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The file with the Avro schema that the messages of --interactions were written with."
                  + " Without it, that of Interaction.");

  public static final ConfigOption<String> ITEMS_SCHEMA =
      ConfigOptions.key("items-schema")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The file with the Avro schema that the messages of --items were written with."
                  + " Without it, that of Item.");

  public static final ConfigOption<String> SCHEMA_REGISTRY =
      ConfigOptions.key("schema-registry")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The URL of a schema registry. With it, the Avro messages of all topics are in"
                  + " Confluent's format. What it asks for, such as"
                  + " schema.registry.basic.auth.user.info, is said by --kafka-properties.");

  public static final ConfigOption<String> KAFKA_PROPERTIES =
      ConfigOptions.key("kafka-properties")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A file of properties for Kafka's clients: security.protocol, sasl.jaas.config and so"
                  + " on.");

  public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX =
      ConfigOptions.key("transactional-id-prefix")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "What the names of the transactions begin with. Jobs that run at the same time need"
                  + " different ones; a job that goes on from its checkpoint needs the same."
                  + " Without it, millrace- and the topic's name.");

  public static final ConfigOption<Long> SEED =
      ConfigOptions.key("seed")
          .longType()
          .defaultValue(1L)
          .withDescription(
              "What the storefront is made from: the same seed, the same items, people and"
                  + " baskets.");

  public static final ConfigOption<Duration> DURATION =
      ConfigOptions.key("duration")
          .durationType()
          .defaultValue(Duration.ofSeconds(20))
          .withDescription("How long the storefront sells, by the clock.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          INTERACTIONS,
          FORMAT,
          USER_COLUMN,
          ITEM_COLUMN,
          TEXT_COLUMN,
          BASKET_COLUMN,
          BASKET_GAP,
          QUANTITY_COLUMN,
          TIME_COLUMN,
          TIME_FORMAT,
          TIME_ZONE,
          TIME_DISORDER,
          TIME_AHEAD,
          ITEMS,
          TOP_K,
          DISCOVER,
          SOURCES,
          EXACT_UP_TO,
          OUTPUT,
          OUTPUT_FORMAT,
          DEAD_LETTERS,
          REPORT,
          PARALLELISM,
          CHECKPOINT_INTERVAL,
          START,
          UNTIL,
          GROUP,
          IDLE_TIMEOUT,
          INTERACTIONS_SCHEMA,
          ITEMS_SCHEMA,
          SCHEMA_REGISTRY,
          KAFKA_PROPERTIES,
          TRANSACTIONAL_ID_PREFIX,
          SEED,
          DURATION);

  private FeedOptions() {}
}
