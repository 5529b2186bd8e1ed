package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A jar submitted, cancelled and submitted again to one session cluster leaves no more class
 * loaders and native libraries behind after the fifth time than after the second.
 */
final class SubmissionsIT {

  private static final int SUBMISSIONS = 5;
  private static final double TOLERANCE = 1.05;

  @TempDir Path folder;

  /** What a TaskManager holds. */
  private record Held(long metaspace, Set<String> libraries) {}

  @Test
  void theFatJarAgainAndAgain() throws IOException {
    submitAgainAndAgain(FlinkCluster.fatJar());
  }

  private void submitAgainAndAgain(Path jar) throws IOException {
    try (FlinkCluster cluster = FlinkCluster.start(folder.resolve("flink"), List.of(), Map.of())) {
      List<Held> second = List.of();
      for (int i = 1; i <= SUBMISSIONS; i++) {
        String job =
            cluster.submit(
                List.of(
                    jar.toString(),
                    "feed",
                    "--duration=10 min",
                    "--parallelism=2",
                    "--checkpoint-interval=1 s",
                    "--output=" + folder.resolve("feed")));
        Awaitility.await("a checkpoint")
            .atMost(Duration.ofMinutes(5))
            .until(() -> cluster.newestCheckpoint(job) != null);
        cluster.cancel(job);
        if (i == 2) {
          second = held(cluster);
        }
      }
      List<Held> reference = second;
      Awaitility.await("what is held")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                List<Held> now = held(cluster);
                for (int i = 0; i < now.size(); i++) {
                  assertThat(now.get(i).libraries())
                      .as("libraries mapped")
                      .hasSameSizeAs(reference.get(i).libraries());
                  assertThat((double) now.get(i).metaspace())
                      .as("metaspace, after the second %s", reference)
                      .isLessThan(reference.get(i).metaspace() * TOLERANCE);
                }
              });
    }
  }

  private static List<Held> held(FlinkCluster cluster) throws IOException {
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < FlinkCluster.TASK_MANAGERS; i++) {
      ChildJvm process = cluster.taskManager(i);
      process.collectGarbage();
      process.collectGarbage();
      held.add(
          new Held(
              cluster
                  .get("/taskmanagers/tm" + i + "/metrics?get=Status.JVM.Memory.Metaspace.Used")
                  .get(0)
                  .get("value")
                  .asLong(),
              libraries(process.pid())));
    }
    return held;
  }

  private static Set<String> libraries(long pid) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/maps"))) {
      return lines
          .map(line -> line.replaceFirst(".*?(/|$)", "/"))
          .filter(path -> path.contains("onnxruntime"))
          .collect(Collectors.toSet());
    }
  }
}
