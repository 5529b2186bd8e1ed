package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.Millrace;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cluster.FlinkCluster;
import dev.millrace.jobs.cluster.KafkaBroker;
import dev.millrace.jobs.cluster.ThinJob;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The feed, and beside it a job of SQL that embeds, both over Kafka on a real cluster, whose
 * processes are killed. Afterwards each row is committed exactly once, and its values are those of
 * a run that nobody disturbed.
 *
 * <p>{@code -Dmillrace.test.seed} gives the moments again, {@code -Dmillrace.test.seconds} makes it
 * go on for so long, with faults of every kind.
 */
final class FeedKillIT {

  private static final int KILLS_OF_TASK_MANAGERS = Integer.getInteger("millrace.test.kills", 10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String CHECKPOINT_INTERVAL = "500 ms";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final long seed = Long.getLong("millrace.test.seed", 4);
  private final Duration endurance = Duration.ofSeconds(Long.getLong("millrace.test.seconds", 0));
  private final Random random = new Random(seed);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  /** When a process is killed. */
  private enum Moment {
    /** The barriers of a checkpoint are on their way. */
    BARRIER,
    /** A checkpoint is complete, and its transactions are about to be committed. */
    COMMIT,
    /** Some rows later. */
    ANY
  }

  private enum Fault {
    TASK_MANAGER_KILLED,
    JOB_MANAGER_KILLED,
    BROKER_KILLED
  }

  @Test
  void eachRowIsCommittedExactlyOnce() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(folder.resolve("kafka"));
        FlinkCluster cluster =
            FlinkCluster.start(folder.resolve("flink"), List.of(FlinkCluster.fatJar()), Map.of())) {
      // In the lib folder Millrace is there when a TaskManager is, and need not be sent to it.
      Path jar = ThinJob.jar(folder);
      for (String topic : List.of("feed", "feed-dead-letters")) {
        broker.create(topic, 2);
      }
      for (String topic : List.of("bought", "texts", "vectors")) {
        broker.create(topic, 2);
      }
      try (SteadyRows rows = new SteadyRows(broker, "bought", "texts")) {
        List<RunningJob> jobs =
            List.of(
                new RunningJob(cluster, jar, feed(broker, "feed")),
                new RunningJob(cluster, jar, embed(broker, "vectors")));
        Instant end = Instant.now().plus(endurance);
        List<Fault> planned = plannedFaults();
        for (int i = 0;
            endurance.isZero() ? i < planned.size() : Instant.now().isBefore(end);
            i++) {
          Fault fault =
              endurance.isZero()
                  ? planned.get(i)
                  : Fault.values()[random.nextInt(Fault.values().length)];
          RunningJob watched = jobs.get(random.nextInt(jobs.size()));
          await(moment(), rows, cluster, watched);
          strike(fault, cluster, broker, jobs, watched);
          for (RunningJob job : jobs) {
            job.awaitProgress();
          }
        }
        rows.end();
        awaitAllCommitted(cluster, broker, rows);
        for (RunningJob job : jobs) {
          cluster.cancel(job.id);
        }
        checkAgainstAnUndisturbedRun(broker, rows);
        checkVectorsAgainstAnUndisturbedRun(broker, rows);
      }
    } catch (Exception | AssertionError failed) {
      throw new AssertionError("With -Dmillrace.test.seed=" + seed + ": " + failed, failed);
    }
  }

  /** A job on the cluster, which has another id when it was submitted again. */
  private static final class RunningJob {
    private final FlinkCluster cluster;
    private final Path jar;
    private final List<String> options;
    private String id;

    RunningJob(FlinkCluster cluster, Path jar, List<String> options) throws IOException {
      this.cluster = cluster;
      this.jar = jar;
      this.options = options;
      this.id = submit(List.of());
    }

    private String submit(List<String> flags) throws IOException {
      List<String> args = new ArrayList<>(flags);
      args.addAll(List.of("-c", Millrace.class.getName(), jar.toString()));
      args.addAll(options);
      return cluster.submit(args);
    }

    void resume(Path checkpoint) throws IOException {
      id = submit(List.of("-s", checkpoint.toUri().toString()));
    }

    Path newestCheckpoint() {
      return Objects.requireNonNull(cluster.newestCheckpoint(id));
    }

    /** Waits until it has recovered and has completed a checkpoint since. */
    void awaitProgress() {
      cluster.awaitRunning(id);
      Path checkpoints = cluster.checkpoints(id);
      long before = newest(checkpoints, false);
      atOnce("a checkpoint completes", cluster, () -> newest(checkpoints, true) > before);
    }
  }

  private List<Fault> plannedFaults() {
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < KILLS_OF_TASK_MANAGERS; i++) {
      faults.add(Fault.TASK_MANAGER_KILLED);
    }
    faults.add(1 + random.nextInt(faults.size() - 1), Fault.JOB_MANAGER_KILLED);
    return faults;
  }

  private Moment moment() {
    return Moment.values()[random.nextInt(Moment.values().length)];
  }

  private void await(Moment moment, SteadyRows rows, FlinkCluster cluster, RunningJob job) {
    Path checkpoints = cluster.checkpoints(job.id);
    long newest = newest(checkpoints, false);
    switch (moment) {
      case BARRIER ->
          atOnce("a checkpoint begins", cluster, () -> newest(checkpoints, false) > newest);
      case COMMIT ->
          atOnce("a checkpoint is complete", cluster, () -> newest(checkpoints, true) > newest);
      case ANY -> {
        int then = rows.sent() + random.nextInt(100);
        atOnce("more rows are sent", cluster, () -> rows.sent() >= then);
      }
    }
  }

  private static void atOnce(String what, FlinkCluster cluster, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .failFast(cluster::requireAlive)
        .until(condition);
  }

  private static long newest(Path checkpoints, boolean complete) {
    try (Stream<Path> all = Files.list(checkpoints)) {
      return all.filter(one -> !complete || Files.exists(one.resolve("_metadata")))
          .mapToLong(FlinkCluster::number)
          .max()
          .orElse(0);
    } catch (IOException none) {
      return 0;
    }
  }

  private void strike(
      Fault fault,
      FlinkCluster cluster,
      KafkaBroker broker,
      List<RunningJob> jobs,
      RunningJob watched)
      throws Exception {
    switch (fault) {
      case TASK_MANAGER_KILLED -> {
        List<String> used = usedTaskManagers(cluster, watched.id);
        int victim = Integer.parseInt(used.get(random.nextInt(used.size())).substring(2));
        cluster.taskManager(victim).kill();
        cluster.startTaskManager(victim);
      }
      case JOB_MANAGER_KILLED -> {
        cluster.running().kill();
        List<Path> checkpoints = jobs.stream().map(RunningJob::newestCheckpoint).toList();
        cluster.startJobManager();
        cluster.awaitTaskManagers();
        for (int i = 0; i < jobs.size(); i++) {
          jobs.get(i).resume(checkpoints.get(i));
        }
      }
      case BROKER_KILLED -> {
        broker.stop();
        broker.start();
      }
    }
  }

  private static List<String> usedTaskManagers(FlinkCluster cluster, String job)
      throws IOException {
    Set<String> used = new TreeSet<>();
    for (JsonNode vertex : cluster.get("/jobs/" + job).get("vertices")) {
      String path = "/jobs/" + job + "/vertices/" + vertex.get("id").asText() + "/taskmanagers";
      for (JsonNode one : cluster.get(path).get("taskmanagers")) {
        used.add(one.get("taskmanager-id").asText());
      }
    }
    used.removeIf(name -> !name.startsWith("tm"));
    assertThat(used).isNotEmpty();
    return List.copyOf(used);
  }

  private static List<String> feed(KafkaBroker broker, String output) {
    return List.of(
        "feed",
        "--interactions=" + broker.url("bought"),
        "--output=" + broker.url(output),
        "--parallelism=2",
        "--top-k=5",
        "--time-disorder=1 min",
        "--checkpoint-interval=" + CHECKPOINT_INTERVAL);
  }

  private static List<String> embed(KafkaBroker broker, String output) {
    return List.of(
        "sql",
        Path.of("examples", "topics.sql").toAbsolutePath().toString(),
        "--set=brokers=" + broker.address(),
        "--set=input=texts",
        "--set=output=" + output,
        "--set=checkpoint-interval=" + CHECKPOINT_INTERVAL);
  }

  private static void awaitAllCommitted(FlinkCluster cluster, KafkaBroker broker, SteadyRows rows) {
    Awaitility.await("all rows are committed")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .failFast(cluster::requireAlive)
        .untilAsserted(
            () -> {
              Set<Instant> times = new HashSet<>();
              read(broker.committedSoFar("feed"), Recommendation.class)
                  .forEach(feed -> times.add(feed.getEventTime()));
              assertThat(times).containsAll(rows.expected().keySet());
              assertThat(places(broker.committedSoFar("feed-dead-letters")))
                  .hasSizeGreaterThanOrEqualTo(rows.brokenRows());
              assertThat(broker.committedSoFar("vectors")).hasSizeGreaterThanOrEqualTo(rows.sent());
            });
  }

  private void checkAgainstAnUndisturbedRun(KafkaBroker broker, SteadyRows rows) throws Exception {
    broker.create("undisturbed", 2);
    broker.create("undisturbed-dead-letters", 1);
    CommandRun undisturbed = new CommandRun();
    List<String> args = new ArrayList<>(feed(broker, "undisturbed"));
    args.add("--until=latest");
    assertThat(undisturbed.run(args.toArray(String[]::new)))
        .as(undisturbed::complained)
        .isEqualTo(ExitCode.DONE);

    List<Recommendation> feeds =
        withoutEnd(read(broker.committedSoFar("feed"), Recommendation.class));
    Map<Instant, String> expected = rows.expected();
    assertThat(feeds).as("each row once").hasSameSizeAs(expected.keySet());
    for (Recommendation feed : feeds) {
      assertThat(feed.getUserId()).isEqualTo(expected.get(feed.getEventTime()));
    }
    assertThat(feeds)
        .as("the values of an undisturbed run")
        .containsExactlyInAnyOrderElementsOf(
            withoutEnd(read(broker.allCommitted("undisturbed"), Recommendation.class)));
    List<String> letters = places(broker.committedSoFar("feed-dead-letters"));
    assertThat(letters).hasSize(rows.brokenRows()).doesNotHaveDuplicates();
    assertThat(letters)
        .containsExactlyInAnyOrderElementsOf(
            places(broker.allCommitted("undisturbed-dead-letters")));
  }

  private static void checkVectorsAgainstAnUndisturbedRun(KafkaBroker broker, SteadyRows rows)
      throws Exception {
    broker.create("undisturbed-vectors", 2);
    CommandRun undisturbed = new CommandRun();
    List<String> args = new ArrayList<>(embed(broker, "undisturbed-vectors"));
    args.add("--set=until=latest-offset");
    assertThat(undisturbed.run(args.toArray(String[]::new)))
        .as(undisturbed::complained)
        .isEqualTo(ExitCode.DONE);

    List<EmbeddedRow> rowsOut = EmbeddedRow.inOrder(broker.committedSoFar("vectors"));
    assertThat(rowsOut).as("each row once").hasSize(rows.sent());
    assertThat(rowsOut)
        .as("the values of an undisturbed run")
        .isEqualTo(EmbeddedRow.inOrder(broker.allCommitted("undisturbed-vectors")));
    assertThat(rowsOut)
        .filteredOn(row -> !row.hasVector())
        .as("blank texts have an error in the vector's place")
        .hasSize(rows.brokenRows())
        .allMatch(EmbeddedRow::hasError);
  }

  /** A row that the job of SQL wrote; of its numbers the digest, since there are many rows. */
  private record EmbeddedRow(long id, boolean hasVector, boolean hasError, String digest) {

    static List<EmbeddedRow> inOrder(List<ConsumerRecord<byte[], byte[]>> messages)
        throws Exception {
      List<EmbeddedRow> all = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> message : messages) {
        JsonNode row = JSON.readTree(message.value());
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(message.value());
        all.add(
            new EmbeddedRow(
                row.get("id").asLong(),
                row.get("embedding").isArray(),
                row.get("error").isTextual(),
                HexFormat.of().formatHex(digest)));
      }
      all.sort(Comparator.comparingLong(EmbeddedRow::id));
      return all;
    }
  }

  private static List<Recommendation> withoutEnd(List<Recommendation> feeds) {
    return feeds.stream().filter(feed -> !feed.getUserId().equals("end")).toList();
  }

  private static List<String> places(List<ConsumerRecord<byte[], byte[]>> letters)
      throws IOException {
    return read(letters, DeadLetter.class).stream()
        .map(letter -> letter.getSource() + ":" + letter.getPosition())
        .toList();
  }

  private static <T> List<T> read(List<ConsumerRecord<byte[], byte[]>> messages, Class<T> type)
      throws IOException {
    List<T> all = new ArrayList<>();
    SpecificDatumReader<T> reader = new SpecificDatumReader<>(type);
    for (ConsumerRecord<byte[], byte[]> message : messages) {
      all.add(reader.read(null, DecoderFactory.get().binaryDecoder(message.value(), null)));
    }
    return all;
  }
}
