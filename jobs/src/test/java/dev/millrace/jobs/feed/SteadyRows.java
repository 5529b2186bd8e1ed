package dev.millrace.jobs.feed;

import dev.millrace.jobs.cluster.KafkaBroker;
import dev.millrace.schemas.Interaction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes interactions to a topic of two partitions at a steady rate. Each has a time of its own,
 * which is its identity; within a partition they are in the order of time, and all rows of an item
 * are in one partition, so that nothing of the feed depends on which partition is read first.
 *
 * <p>If asked, it also writes each row's text to a topic of texts, as JSON with the row's number,
 * and a blank one where the interaction is broken.
 */
final class SteadyRows implements AutoCloseable {

  private static final Instant BEGINNING = Instant.parse("2025-02-01T00:00:00Z");
  private static final int PARTITIONS = 2;
  private static final int PEOPLE = 50;
  private static final int ROWS_OF_ITEM = 4;
  private static final int EACH_BROKEN = 50;
  private static final int AT_ONCE = 3;
  private static final int MILLIS_BETWEEN = 100;
  private static final List<String> ADJECTIVES =
      List.of("red", "blue", "woollen", "folding", "silver", "ceramic", "tall", "garden");
  private static final List<String> NOUNS =
      List.of("mug", "lamp", "scarf", "fork", "chair", "earrings", "sheet", "mat", "kettle");

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final @Nullable String texts;
  private final AtomicInteger sent = new AtomicInteger();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  SteadyRows(KafkaBroker broker, String topic) {
    this(broker, topic, null);
  }

  SteadyRows(KafkaBroker broker, String topic, @Nullable String texts) {
    this.producer = broker.producer();
    this.topic = topic;
    this.texts = texts;
    var unused =
        clock.scheduleAtFixedRate(this::sendSome, 0, MILLIS_BETWEEN, TimeUnit.MILLISECONDS);
  }

  private void sendSome() {
    for (int i = 0; i < AT_ONCE; i++) {
      int row = sent.get();
      send(topic, partition(row), isBroken(row) ? broken(row) : interaction(row));
      if (texts != null) {
        send(texts, row % PARTITIONS, textAlone(row));
      }
      sent.incrementAndGet();
    }
  }

  private void send(String to, int partition, byte[] value) {
    var unused = producer.send(new ProducerRecord<>(to, partition, null, value));
  }

  /** How many were sent so far. */
  int sent() {
    return sent.get();
  }

  /** Sends no more, but for one row in each partition that is later than all others. */
  void end() throws InterruptedException {
    clock.shutdown();
    if (!clock.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("Rows are still being sent.");
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      send(topic, partition, row("end", "i" + partition, time(sent.get()).plusSeconds(864_000)));
    }
    producer.flush();
  }

  /** The times that have to come out exactly once, with their rows' users. */
  Map<Instant, String> expected() {
    Map<Instant, String> expected = new TreeMap<>();
    for (int row = 0; row < sent.get(); row++) {
      if (!isBroken(row)) {
        expected.put(time(row), user(row));
      }
    }
    return expected;
  }

  /** How many are no Avro. */
  int brokenRows() {
    int broken = 0;
    for (int row = 0; row < sent.get(); row++) {
      broken += isBroken(row) ? 1 : 0;
    }
    return broken;
  }

  private static boolean isBroken(int row) {
    return row % EACH_BROKEN == EACH_BROKEN - 1;
  }

  private static byte[] broken(int row) {
    return ("broken " + row).getBytes(StandardCharsets.UTF_8);
  }

  private static int item(int row) {
    return row / ROWS_OF_ITEM;
  }

  private static int partition(int row) {
    return item(row) % PARTITIONS;
  }

  private static String user(int row) {
    return "p" + row * 7 % PEOPLE;
  }

  private static Instant time(int row) {
    return BEGINNING.plusSeconds(60L * row);
  }

  private static byte[] interaction(int row) {
    return row(user(row), "i" + item(row), time(row));
  }

  private static byte[] textAlone(int row) {
    return "{\"id\": %d, \"text\": \"%s\"}"
        .formatted(row, isBroken(row) ? " " : text(row))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String text(int number) {
    return ADJECTIVES.get(number % ADJECTIVES.size())
        + " "
        + NOUNS.get(number / ADJECTIVES.size() % NOUNS.size())
        + " number "
        + number;
  }

  private static byte[] row(String user, String item, Instant time) {
    Interaction interaction =
        Interaction.newBuilder()
            .setUserId(user)
            .setItemId(item)
            .setText(text(Integer.parseInt(item.substring(1))))
            .setEventTime(time)
            .build();
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
      new SpecificDatumWriter<>(Interaction.class).write(interaction, encoder);
      return bytes.toByteArray();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    producer.close();
  }
}
