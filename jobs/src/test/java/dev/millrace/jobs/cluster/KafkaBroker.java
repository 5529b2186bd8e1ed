package dev.millrace.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A broker of Kafka in a process of its own, in KRaft mode, from the published jars that the build
 * puts under {@code target/kafka}. Its folder outlives {@link #stop}, so it can be started again.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Path folder;
  private final Path configuration;
  private final int port;
  private @Nullable ChildJvm process;

  private KafkaBroker(Path folder, Path configuration, int port) {
    this.folder = folder;
    this.configuration = configuration;
    this.port = port;
  }

  /** Formats a folder and starts a broker in it, which is ready when this returns. */
  public static KafkaBroker start(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Integer> ports = FreePorts.take(2);
    String listener = "127.0.0.1:" + ports.get(0);
    Path configuration = folder.resolve("server.properties");
    Files.writeString(
        configuration,
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://%1$s,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://%1$s
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        controller.listener.names=CONTROLLER
        log.dirs=%3$s
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=2
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=4
        share.coordinator.state.topic.replication.factor=1
        group.initial.rebalance.delay.ms=0
        num.network.threads=2
        num.io.threads=2
        log.flush.interval.messages=100000
        """
            .formatted(listener, ports.get(1), folder.resolve("data")));
    KafkaBroker broker = new KafkaBroker(folder, configuration, ports.get(0));
    try (ChildJvm format =
        broker.java(
            "format",
            List.of(
                "kafka.tools.StorageTool",
                "format",
                "-t",
                "MkU3OEVBNTcwNTJENDM2Qk",
                "-c",
                configuration.toString()))) {
      int code = format.await();
      if (code != 0) {
        throw new IOException("The storage was not formatted: " + format.said());
      }
    }
    broker.start();
    return broker;
  }

  private ChildJvm java(String what, List<String> command) throws IOException {
    Path jars = Path.of("target", "kafka").toAbsolutePath();
    return ChildJvm.start(
        "Kafka " + what,
        folder.resolve(what + ".log"),
        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        List.of(jars + "/*"),
        command,
        Map.of());
  }

  /** Starts it again after {@link #stop}. */
  public void start() throws IOException {
    process = java("broker", List.of("kafka.Kafka", configuration.toString()));
    process.until(
        "answers",
        PATIENCE,
        () -> {
          try (Admin admin = admin()) {
            admin.describeCluster().nodes().get(2, TimeUnit.SECONDS);
          }
        });
  }

  /** Kills it. */
  public void stop() {
    ChildJvm running = process;
    if (running != null) {
      running.close();
      process = null;
    }
  }

  /** The address of a topic, whether it is there or not. */
  public String url(String topic) {
    return "kafka://" + address() + "/" + topic;
  }

  /** {@code HOST:PORT}. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Makes a topic. */
  public void create(String topic, int partitions) throws Exception {
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            "bootstrap.servers",
            address(),
            "default.api.timeout.ms",
            20_000,
            "request.timeout.ms",
            5_000));
  }

  /** A producer; the caller closes it. */
  public KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", address(), "linger.ms", 5),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** Writes values to a partition and waits until they are there. */
  public void send(String topic, int partition, List<byte[]> values) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (byte[] value : values) {
        var unused = producer.send(new ProducerRecord<>(topic, partition, null, value));
      }
      producer.flush();
    }
  }

  /**
   * Every message of a topic, once the transactions that wrote to it are over. A producer's commit
   * returns when it is decided; the broker then tells each partition, one after the other.
   */
  public List<ConsumerRecord<byte[], byte[]>> allCommitted(String topic) {
    try (KafkaConsumer<byte[], byte[]> committed = consumer("read_committed");
        KafkaConsumer<byte[], byte[]> written = consumer("read_uncommitted")) {
      List<TopicPartition> partitions = partitions(committed, topic);
      Awaitility.await("no transaction is open in " + topic)
          .atMost(PATIENCE)
          .until(() -> committed.endOffsets(partitions).equals(written.endOffsets(partitions)));
    }
    return committedSoFar(topic);
  }

  /** Every message of a topic that is committed as of now. */
  public List<ConsumerRecord<byte[], byte[]>> committedSoFar(String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
      List<TopicPartition> partitions = partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream()
          .anyMatch(one -> consumer.position(one) < Objects.requireNonNull(ends.get(one)))) {
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
    }
    return all;
  }

  private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", address());
    settings.put("isolation.level", isolation);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", false);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }

  @Override
  public void close() {
    stop();
  }
}
