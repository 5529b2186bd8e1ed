package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A jar submitted, cancelled and submitted again to one session cluster leaves no more than two
 * class loaders and their native libraries behind, however often that is: one that Flink's own
 * threads still name, and one that the JVM has yet to collect.
 */
final class SubmissionsIT {

  private static final int SUBMISSIONS = 5;
  private static final int MOST_CLASS_LOADERS = 2;

  /** Of ONNX Runtime: itself, and what binds it to Java. */
  static final int LIBRARIES_OF_EACH = 2;

  /** Metaspace is measured in a process that does other things, too. */
  private static final double TOLERANCE = 0.5;

  @TempDir Path folder;

  /** What a TaskManager holds. */
  private record Held(long metaspace, Set<String> libraries) {}

  @Test
  void theFatJarAgainAndAgain() throws IOException {
    submitAgainAndAgain(FlinkCluster.fatJar());
  }

  private void submitAgainAndAgain(Path jar) throws IOException {
    int port = FreePorts.take(1).get(0);
    try (FlinkCluster cluster = FlinkCluster.start(folder.resolve("flink"), List.of(), Map.of())) {
      List<Held> none = held(cluster);
      List<Held> first = none;
      for (int i = 1; i <= SUBMISSIONS; i++) {
        String job =
            cluster.submit(
                List.of(
                    jar.toString(),
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
        if (i == 1) {
          first = held(cluster);
        }
      }
      List<Held> one = first;
      Awaitility.await("what is held")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                List<Held> now = held(cluster);
                for (int i = 0; i < now.size(); i++) {
                  assertThat(now.get(i).libraries())
                      .as("libraries mapped")
                      .hasSizeLessThanOrEqualTo(MOST_CLASS_LOADERS * LIBRARIES_OF_EACH);
                  long ofOne = one.get(i).metaspace() - none.get(i).metaspace();
                  assertThat((double) now.get(i).metaspace())
                      .as("metaspace; before %s, after the first %s", none, one)
                      .isLessThan(
                          none.get(i).metaspace() + (MOST_CLASS_LOADERS + TOLERANCE) * ofOne);
                }
              });
    }
  }

  private static String rates(int port) throws IOException {
    try (InputStream answer =
        URI.create("http://127.0.0.1:" + port + "/rates").toURL().openStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<Held> held(FlinkCluster cluster) throws IOException {
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < FlinkCluster.TASK_MANAGERS; i++) {
      ChildJvm process = cluster.taskManager(i);
      process.collectGarbage();
      process.collectGarbage();
      held.add(new Held(metaspace(cluster, i), process.mapped("onnxruntime")));
    }
    return held;
  }

  private static long metaspace(FlinkCluster cluster, int taskManager) {
    String path =
        "/taskmanagers/tm" + taskManager + "/metrics?get=Status.JVM.Memory.Metaspace.Used";
    JsonNode metrics =
        Awaitility.await("a TaskManager's first metrics")
            .atMost(Duration.ofMinutes(1))
            .until(() -> cluster.get(path), reported -> reported.size() > 0);
    return metrics.get(0).get("value").asLong();
  }
}
