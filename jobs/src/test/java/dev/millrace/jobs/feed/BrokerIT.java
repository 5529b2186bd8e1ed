package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cluster.ChildJvm;
import dev.millrace.jobs.cluster.KafkaBroker;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A feed over topics whose broker is killed and started again: at once, which its clients wait for,
 * and after so long that they give up and the job has had to start anew.
 */
final class BrokerIT {

  /** Much less patient than Kafka, whose producers wait for two minutes. */
  private static final String CLIENTS =
      """
      delivery.timeout.ms=6000
      request.timeout.ms=3000
      max.block.ms=5000
      default.api.timeout.ms=5000
      """;

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int SIGTERM = 15;

  @TempDir Path folder;

  @Test
  void mayGoAwayAndComeBack() throws Exception {
    Path report = folder.resolve("report.json");
    Path log = folder.resolve("log.txt");
    Path clients = Files.writeString(folder.resolve("clients.properties"), CLIENTS);
    try (KafkaBroker broker = KafkaBroker.start(folder.resolve("kafka"))) {
      for (String topic : List.of("bought", "feed", "feed-dead-letters")) {
        broker.create(topic, 2);
      }
      List<Instant> sent;
      try (SteadyRows rows = new SteadyRows(broker, "bought");
          ChildJvm run =
              MillraceProcess.start(
                  folder.resolve("said.txt"),
                  "feed",
                  "--interactions=" + broker.url("bought"),
                  "--output=" + broker.url("feed"),
                  "--time-disorder=1 min",
                  "--parallelism=2",
                  "--checkpoint-interval=1 s",
                  "--kafka-properties=" + clients,
                  "--log-file=" + log,
                  "--report=" + report)) {
        untilCommitted(run, broker, 1);
        broker.stop();
        broker.start();
        untilCommitted(run, broker, rows.sent());
        int restarts = restarts(log);
        broker.stop();
        run.until(
            "has started anew, which helps nothing",
            PATIENCE,
            () -> assertThat(restarts(log)).isGreaterThan(restarts));
        broker.start();
        untilCommitted(run, broker, rows.sent());
        run.terminate();
        assertThat(run.await()).as(run::said).isEqualTo(StopSignals.ENDED_BY_SIGNAL + SIGTERM);
        assertThat(run.said()).contains("Stopped in order; this far it came.");
        sent = List.copyOf(rows.expected().keySet());
      }
      JsonNode figures = new ObjectMapper().readTree(report.toFile());
      List<Instant> committed = times(broker.allCommitted("feed"));
      assertThat(committed)
          .hasSize(figures.get("recommendations").asInt())
          .as("each row's feed, once, up to the last that is there")
          .containsExactlyInAnyOrderElementsOf(sent.subList(0, committed.size()));
      assertThat(broker.allCommitted("feed-dead-letters"))
          .hasSize(figures.get("dead_letters").asInt());
    }
  }

  private static void untilCommitted(ChildJvm run, KafkaBroker broker, int rows) {
    run.until(
        "has committed what came of " + rows + " rows",
        PATIENCE,
        () ->
            assertThat(
                    broker.committedSoFar("feed").size()
                        + broker.committedSoFar("feed-dead-letters").size())
                .isGreaterThanOrEqualTo(rows));
  }

  private static int restarts(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return (int) lines.filter(line -> line.contains("to RESTARTING")).count();
    }
  }

  private static List<Instant> times(List<ConsumerRecord<byte[], byte[]>> feeds)
      throws IOException {
    List<Instant> times = new ArrayList<>();
    SpecificDatumReader<Recommendation> reader = new SpecificDatumReader<>(Recommendation.class);
    for (ConsumerRecord<byte[], byte[]> feed : feeds) {
      times.add(
          reader.read(null, DecoderFactory.get().binaryDecoder(feed.value(), null)).getEventTime());
    }
    return times;
  }
}
