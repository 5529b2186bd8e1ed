package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A jar submitted, cancelled and submitted again to one session cluster leaves nothing behind,
 * class loaders and native libraries among it: what a TaskManager holds after the fifth is what it
 * held after the second. {@link JarInLibIT} has the same for the jar in Flink's {@code lib} folder.
 */
final class SubmissionsIT {

  private static final int WARM_UP = 2;
  private static final int SUBMISSIONS = 5;

  @TempDir Path folder;

  @Test
  void theFatJarAgainAndAgain() throws IOException {
    try (FlinkCluster cluster = FlinkCluster.start(folder.resolve("flink"), List.of(), Map.of())) {
      runJobs(cluster, WARM_UP);
      awaitNoLibraries(cluster);
      List<Held> afterTheSecond = Held.byAll(cluster);
      runJobs(cluster, SUBMISSIONS - WARM_UP);
      awaitNoLibraries(cluster);
      Held.awaitNoMoreThan(afterTheSecond, cluster);
    }
  }

  private void runJobs(FlinkCluster cluster, int count) throws IOException {
    int port = FreePorts.take(1).get(0);
    for (int i = 0; i < count; i++) {
      String job =
          cluster.submit(
              List.of(
                  FlinkCluster.fatJar().toString(),
                  "feed",
                  "--duration=10 min",
                  "--parallelism=2",
                  "--checkpoint-interval=1 s",
                  "--serve=" + port,
                  "--output=" + folder.resolve("feed")));
      Awaitility.await("a checkpoint")
          .atMost(Duration.ofMinutes(5))
          .until(() -> cluster.newestCheckpoint(job) != null);
      assertThat(rates(port)).as("served by a TaskManager").contains("\"phase\":\"running\"");
      cluster.cancel(job);
    }
  }

  /** They go with the class loader, so none is left either. */
  private static void awaitNoLibraries(FlinkCluster cluster) {
    Awaitility.await("no library of a job that is over is mapped")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              for (int i = 0; i < FlinkCluster.TASK_MANAGERS; i++) {
                cluster.taskManager(i).collectGarbage();
                assertThat(cluster.taskManager(i).mapped("onnxruntime")).isEmpty();
              }
            });
  }

  private static String rates(int port) throws IOException {
    try (InputStream answer =
        URI.create("http://127.0.0.1:" + port + "/rates").toURL().openStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
