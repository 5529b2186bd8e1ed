package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cluster.KafkaBroker;
import dev.millrace.jobs.kafka.RegistryServer;
import dev.millrace.jobs.kafka.WireFormat;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace feed} from topics to topics, over a real broker. */
final class TopicFeedTest {

  private static final Instant BEGINNING = Instant.parse("2025-02-01T00:00:00Z");
  private static final List<String> TITLES =
      List.of("Red mug", "Blue mug", "Garden fork", "Wool scarf", "Yoga mat");

  @TempDir static Path brokerFolder;

  @SuppressWarnings("NullAway.Init")
  private static KafkaBroker broker;

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  @BeforeAll
  static void start() throws IOException {
    broker = KafkaBroker.start(brokerFolder);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static List<byte[]> interactions(int parity) throws IOException {
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      if (i % 2 == parity) {
        messages.add(
            avro(
                Interaction.newBuilder()
                    .setUserId("p" + i % 4)
                    .setItemId("s" + i % 5)
                    .setText(TITLES.get(i % 5))
                    .setEventTime(BEGINNING.plusSeconds(3600L * i))
                    .build()));
      }
    }
    return messages;
  }

  private static <T extends SpecificRecord> byte[] avro(T row) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new SpecificDatumWriter<T>(row.getSchema()).write(row, encoder);
    return bytes.toByteArray();
  }

  private static <T> List<T> read(String topic, Class<T> type, int header) throws IOException {
    List<T> rows = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> message : broker.allCommitted(topic)) {
      byte[] value = message.value();
      rows.add(
          new SpecificDatumReader<>(type)
              .read(
                  null,
                  DecoderFactory.get().binaryDecoder(value, header, value.length - header, null)));
    }
    return rows;
  }

  private JsonNode report() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("report.json").toFile());
  }

  private int feed(String... args) {
    List<String> all =
        new ArrayList<>(
            List.of("feed", "--top-k=3", "--parallelism=2", "--report", folder + "/report.json"));
    all.addAll(List.of(args));
    return command.run(all.toArray(String[]::new));
  }

  @Test
  void avroFromTopicsToTopics() throws Exception {
    broker.create("bought", 3);
    broker.create("items", 1);
    broker.create("feed", 2);
    broker.create("feed-dead-letters", 1);
    broker.send("bought", 0, interactions(0));
    broker.send("bought", 1, interactions(1));
    byte[] broken = "no Avro at all".getBytes(StandardCharsets.UTF_8);
    byte[] cutOff = Arrays.copyOf(interactions(0).get(0), 7);
    broker.send("bought", 1, List.of(broken, cutOff));
    List<byte[]> items = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      items.add(avro(Item.newBuilder().setItemId("s" + i).setTitle(TITLES.get(i)).build()));
    }
    items.add(avro(Item.newBuilder().setItemId("s9").setTitle(" ").build()));
    broker.send("items", 0, items);

    int code =
        feed(
            "--interactions=" + broker.url("bought"),
            "--items=" + broker.url("items"),
            "--until=latest",
            "--output=" + broker.url("feed"));
    assertThat(code).as(command::complained).isEqualTo(ExitCode.DONE);
    assertThat(command.said())
        .contains("Reading " + broker.url("bought") + " from its beginning.")
        .contains("Writing the feed to " + broker.url("feed"));
    assertThat(report().get("rows_read").asInt()).isEqualTo(62);
    assertThat(report().get("interactions").asInt()).isEqualTo(60);
    assertThat(report().get("dead_letters").asInt()).isEqualTo(2);
    List<Recommendation> feeds = read("feed", Recommendation.class, 0);
    assertThat(feeds).hasSize(60);
    List<DeadLetter> letters = read("feed-dead-letters", DeadLetter.class, 0);
    assertThat(letters).hasSize(3);
    assertThat(letters)
        .filteredOn(letter -> letter.getCategory().equals("UNREADABLE"))
        .extracting(
            DeadLetter::getSource, DeadLetter::getPosition, letter -> bytes(letter.getPayload()))
        .containsExactlyInAnyOrder(
            tuple(broker.url("bought") + "/1", 30L, HexFormat.of().formatHex(broken)),
            tuple(broker.url("bought") + "/1", 31L, HexFormat.of().formatHex(cutOff)));

    // The same rows out of a file give the same feed.
    Path file = folder.resolve("rows.jsonl");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      lines.add(json(i));
    }
    Files.write(file, lines);
    assertThat(
            feed(
                "--interactions=" + file,
                "--format=jsonl",
                "--items=" + broker.url("items"),
                "--output=" + folder + "/feed"))
        .as(command::complained)
        .isEqualTo(ExitCode.DONE);
    assertThat(CommandRun.read(folder.resolve("feed"), Recommendation.class))
        .containsExactlyInAnyOrderElementsOf(feeds);
  }

  private static String bytes(ByteBuffer payload) {
    byte[] copy = new byte[payload.remaining()];
    payload.duplicate().get(copy);
    return HexFormat.of().formatHex(copy);
  }

  private static String json(int i) {
    return "{\"user\":\"p%d\",\"item\":\"s%d\",\"text\":\"%s\",\"time\":\"%s\"}"
        .formatted(i % 4, i % 5, TITLES.get(i % 5), BEGINNING.plusSeconds(3600L * i));
  }

  @Test
  void confluentsFormatAndANewerSchema() throws Exception {
    broker.create("registered", 1);
    broker.create("feed-registered", 1);
    try (RegistryServer registry = new RegistryServer("Basic bWU6c2VjcmV0")) {
      Schema newer =
          new Schema.Parser()
              .parse(
                  Interaction.getClassSchema()
                      .toString()
                      .replaceFirst(
                          "\"fields\":\\[",
                          "\"fields\":[{\"name\":\"shop\",\"type\":\"string\"},"));
      int first = registry.add(Interaction.getClassSchema());
      int second = registry.add(newer);
      int foreign =
          registry.add(SchemaBuilder.record("Weather").fields().requiredInt("degrees").endRecord());
      List<byte[]> messages = new ArrayList<>();
      // In the order of their times: a row that comes after the watermark is late.
      for (int i = 0; i < 30; i++) {
        messages.add(framed(first, interactions(0).get(i)));
        // A string's length, doubled, and the string.
        messages.add(framed(second, concat(new byte[] {4, 'u', 'k'}, interactions(1).get(i))));
      }
      messages.add(framed(foreign, new byte[] {8}));
      messages.add(framed(9999, new byte[] {8}));
      messages.add(new byte[] {7, 7});
      broker.send("registered", 0, messages);
      Path properties = folder.resolve("kafka.properties");
      Files.writeString(properties, "schema.registry.basic.auth.user.info=me:secret\n");
      assertThat(
              feed(
                  "--interactions=" + broker.url("registered"),
                  "--until=latest",
                  "--schema-registry=" + registry.url(),
                  "--kafka-properties=" + properties,
                  "--group=registered",
                  "--output=" + broker.url("feed-registered"),
                  "--dead-letters=" + folder + "/letters"))
          .as(command::complained)
          .isEqualTo(ExitCode.DONE);
      assertThat(report().get("interactions").asInt()).isEqualTo(60);
      assertThat(registry.subjects()).contains("feed-registered-value");
      assertThat(read("feed-registered", Recommendation.class, WireFormat.HEADER_BYTES))
          .hasSize(60);
      assertThat(CommandRun.read(folder.resolve("letters"), DeadLetter.class))
          .extracting(DeadLetter::getReason)
          .satisfiesExactlyInAnyOrder(
              reason -> assertThat(reason).contains("It is no Avro of this schema"),
              reason -> assertThat(reason).contains("knows no schema of the id 9999"),
              reason -> assertThat(reason).contains("a zero byte and the id"));

      // Where the group is: behind all of it.
      assertThat(
              feed(
                  "--interactions=" + broker.url("registered"),
                  "--start=group",
                  "--until=latest",
                  "--schema-registry=" + registry.url(),
                  "--kafka-properties=" + properties,
                  "--group=registered",
                  "--output=" + folder + "/none"))
          .as(command::complained)
          .isEqualTo(ExitCode.DONE);
      assertThat(report().get("rows_read").asInt()).isZero();
    }
  }

  private static byte[] framed(int schemaId, byte[] record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WireFormat.writeHeader(schemaId, bytes);
    return concat(bytes.toByteArray(), record);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(first);
    bytes.writeBytes(second);
    return bytes.toByteArray();
  }

  @Test
  void jsonAndAnEndInTime() throws Exception {
    broker.create("json", 1);
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      messages.add(json(i).getBytes(StandardCharsets.UTF_8));
    }
    messages.add("{".getBytes(StandardCharsets.UTF_8));
    broker.send("json", 0, messages);
    assertThat(
            feed(
                "--interactions=" + broker.url("json"),
                "--format=jsonl",
                "--until=2999-01-01T00:00:00Z",
                "--output=" + folder + "/feed"))
        .as(command::complained)
        .isEqualTo(ExitCode.DONE);
    assertThat(report().get("interactions").asInt()).isEqualTo(20);
    assertThat(CommandRun.read(folder.resolve("feed"), Recommendation.class)).hasSize(20);
    assertThat(CommandRun.read(folder.resolve("feed-dead-letters"), DeadLetter.class))
        .singleElement()
        .satisfies(letter -> assertThat(letter.getReason()).contains("It is no JSON"));
  }

  @Test
  void everythingThatIsWrongIsSaidBeforeTheJobStarts() throws Exception {
    broker.create("there", 1);
    assertThat(
            feed(
                "--interactions=" + broker.url("nowhere"),
                "--items=kafka://localhost/items",
                "--format=csv",
                "--start=someday",
                "--until=never",
                "--schema-registry=http://me:secret@localhost:1",
                "--kafka-properties=" + folder + "/none.properties",
                "--output=" + broker.url("there")))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("there is no topic 'nowhere'")
        .contains("'localhost' is no broker")
        .contains("--format 'csv'")
        .contains("--start 'someday'")
        .contains("--until 'never'")
        .contains("--schema-registry")
        .contains("--kafka-properties")
        .contains("there is no topic 'there-dead-letters'")
        .doesNotContain("secret")
        .doesNotContain("\tat ");
  }

  @Test
  void noBrokerIsSaidBeforeTheJobStarts() {
    assertThat(feed("--interactions=kafka://127.0.0.1:1/t", "--output=" + folder + "/feed"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("no broker answers at 127.0.0.1:1");
  }
}
