package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A session cluster with Millrace's jar in Flink's {@code lib} folder: Flink's own SQL client at
 * its own gateway, with nothing else of Millrace; job jars that hold only their own classes; and a
 * back-fill.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class JarInLibIT {

  private static final int WARM_UP = 2;
  private static final int THIN_JOBS = 5;

  /** Of ONNX Runtime: itself, and what binds it to Java. */
  private static final int LIBRARIES_OF_EACH = 2;

  private static final int ROWS = 3_000;
  private static final int ROWS_PER_FILE = 100;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final String SCRIPT =
      """
      SET 'sql-client.execution.result-mode' = 'tableau';

      CREATE MODEL minilm INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>)
      WITH ('provider' = 'millrace', 'task' = 'embedding', 'model' = 'minilm',
        'accelerators' = 'onnx:cpu');

      CREATE TEMPORARY VIEW texts AS SELECT * FROM (VALUES
        (1, 'white metal lantern'), (2, 'red mug'), (3, 'white metal lantern'), (4, ''))
        AS t(id, text);

      SELECT id, CARDINALITY(embedding) AS numbers, embedding[1] AS first_number
      FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(text));

      SET 'execution.runtime-mode' = 'batch';

      SELECT id, CARDINALITY(embedding) AS numbers, embedding[1] AS first_number
      FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(text));
      """;

  /** A row of what the client prints. */
  private static final Pattern ROW = Pattern.compile("\\s(\\d) \\|\\s+(\\S+) \\|\\s+(\\S+) \\|");

  @TempDir static Path folder;

  private static @Nullable FlinkCluster started;

  @BeforeAll
  static void start() throws IOException {
    Map<String, String> settings =
        Map.of("table.exec.async-ml-predict.max-concurrent-operations", "4096");
    started = FlinkCluster.start(folder.resolve("flink"), List.of(FlinkCluster.fatJar()), settings);
  }

  @AfterAll
  static void stop() {
    if (started != null) {
      started.close();
    }
  }

  private static FlinkCluster cluster() {
    return Objects.requireNonNull(started);
  }

  /** First, as long as nobody has reason to say that something is wrong. */
  @Test
  @Order(1)
  void modelsWorkInFlinksSqlClient() throws IOException {
    int port = FreePorts.take(1).get(0);
    FlinkCluster cluster = cluster();
    try (ChildJvm gateway = cluster.sqlGateway(port)) {
      gateway.until(
          "listens", PATIENCE, () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
      Path script = Files.writeString(folder.resolve("script.sql"), SCRIPT);
      try (ChildJvm client =
          cluster.sqlClient("gateway", "-e", "127.0.0.1:" + port, "-f", script.toString())) {
        assertThat(client.await()).as(client.said()).isZero();
        assertAnswered(client.said());
      }
      // The bound of ten rows is lifted.
      assertThat(gateway.said()).doesNotContain("rows at a time");
      // No process takes anything in the jar for its own.
      for (ChildJvm process :
          List.of(gateway, cluster.running(), cluster.taskManager(0), cluster.taskManager(1))) {
        assertThat(process.said()).doesNotContain(" ERROR ");
      }
    }
  }

  /**
   * All of them use the one native copy of the jar in {@code lib}, one after the other, and what
   * the TaskManagers hold after the fifth is what they held after the second.
   */
  @Test
  @Order(2)
  void jobJarsNeedHoldOnlyTheirOwnClasses() throws IOException {
    Path jar = ThinJob.jar(folder);
    assertThat(Files.size(jar)).isLessThan(10_000);
    runThinJobs(jar, WARM_UP);
    List<Held> afterTheSecond = Held.byAll(cluster());
    runThinJobs(jar, THIN_JOBS - WARM_UP);
    Held.awaitNoMoreThan(afterTheSecond, cluster());
    assertThat(afterTheSecond)
        .as("libraries in each TaskManager: those of one copy")
        .allMatch(held -> held.libraries().size() == LIBRARIES_OF_EACH);
  }

  private static void runThinJobs(Path jar, int count) throws IOException {
    try (ChildJvm client =
        cluster()
            .flink(
                "run",
                "-c",
                ThinJob.class.getName(),
                "-p",
                String.valueOf(FlinkCluster.SLOTS),
                jar.toString(),
                String.valueOf(count))) {
      assertThat(client.await()).as(client.said()).isZero();
      assertThat(client.said()).contains("3 texts became vectors of 384 numbers");
    }
  }

  @Test
  @Order(3)
  void aBackfillOutlivesATaskManager() throws Exception {
    StringBuilder rows = new StringBuilder("id,text\n");
    for (int i = 0; i < ROWS; i++) {
      rows.append(i).append(",mug ").append(i).append('\n');
    }
    Path input = Files.writeString(folder.resolve("rows.csv"), rows);
    Path output = folder.resolve("vectors");
    Path report = folder.resolve("report.json");
    try (ChildJvm client =
        cluster()
            .flink(
                "run",
                "-c",
                "dev.millrace.jobs.Millrace",
                ThinJob.jar(folder).toString(),
                "backfill",
                "--input=" + input,
                "--text-column=text",
                "--output=" + output,
                "--output-format=jsonl",
                "--rows-per-file=" + ROWS_PER_FILE,
                "--parallelism=2",
                "--report=" + report)) {
      client.until("writes", PATIENCE, () -> assertThat(names(output)).isNotEmpty());
      cluster().taskManager(0).kill();
      cluster().startTaskManager(0);
      assertThat(client.await()).as(client.said()).isZero();
    }
    cluster().awaitTaskManagers();
    assertThat(new ObjectMapper().readTree(report.toFile()).get("complete").asBoolean()).isTrue();
    assertThat(names(output)).hasSize(ROWS / ROWS_PER_FILE);
    int id = 0;
    for (String name : names(output)) {
      for (String line : Files.readAllLines(output.resolve(name))) {
        JsonNode row = new ObjectMapper().readTree(line);
        assertThat(row.get("id").asInt()).isEqualTo(id);
        assertThat(row.get("text").asText()).isEqualTo("mug " + id);
        assertThat(row.get("embedding").size()).isEqualTo(384);
        id++;
      }
    }
    assertThat(id).isEqualTo(ROWS);
  }

  private static List<String> names(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("part-"))
          .sorted()
          .toList();
    }
  }

  /** In streaming and in batch mode the same. */
  private static void assertAnswered(String said) {
    List<String> rows = new ArrayList<>();
    Matcher row = ROW.matcher(said);
    while (row.find()) {
      rows.add(row.group(1) + " " + row.group(2) + " " + row.group(3));
    }
    assertThat(rows).as(said).hasSize(8);
    assertThat(rows.subList(4, 8)).containsExactlyInAnyOrderElementsOf(rows.subList(0, 4));
    assertThat(rows.get(0)).startsWith("1 384 ");
    assertThat(rows.get(1)).startsWith("2 384 ").doesNotEndWith(rows.get(0).substring(2));
    assertThat(rows.get(2)).isEqualTo("3" + rows.get(0).substring(1));
    assertThat(rows.get(3)).isEqualTo("4 <NULL> <NULL>");
  }
}
