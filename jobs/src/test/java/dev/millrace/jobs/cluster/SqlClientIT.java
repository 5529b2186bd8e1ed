package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's own SQL client at Flink's own SQL gateway and a session cluster, with Millrace's jar in
 * Flink's {@code lib} folder and nothing else of Millrace.
 */
final class SqlClientIT {

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

  @TempDir Path folder;

  @Test
  void modelsWorkWithTheJarInLib() throws IOException {
    int port = FreePorts.take(1).get(0);
    Map<String, String> settings =
        Map.of("table.exec.async-ml-predict.max-concurrent-operations", "4096");
    try (FlinkCluster cluster =
            FlinkCluster.start(folder.resolve("flink"), List.of(FlinkCluster.fatJar()), settings);
        ChildJvm gateway = cluster.sqlGateway(port)) {
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
