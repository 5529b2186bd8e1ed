package dev.millrace.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;

/**
 * What a TaskManager holds when no job runs, its garbage is collected and its free native memory
 * given back.
 *
 * @param libraries of ONNX Runtime, that are mapped
 * @param metaspace in use, bytes
 * @param resident of the process, bytes
 */
record Held(Set<String> libraries, long metaspace, long resident) {

  private static final double GROWTH = 1.05;

  static List<Held> byAll(FlinkCluster cluster) throws IOException {
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < FlinkCluster.TASK_MANAGERS; i++) {
      ChildJvm process = cluster.taskManager(i);
      process.collectGarbage();
      held.add(
          new Held(process.mapped("onnxruntime"), metaspace(cluster, i), process.residentBytes()));
    }
    return held;
  }

  /** Waits until each holds no more than before, but for 5 %. */
  static void awaitNoMoreThan(List<Held> before, FlinkCluster cluster) {
    Awaitility.await("what the TaskManagers hold, " + before + " before")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              List<Held> now = byAll(cluster);
              for (int i = 0; i < now.size(); i++) {
                now.get(i).requireNoMoreThan(before.get(i));
              }
            });
  }

  private void requireNoMoreThan(Held before) {
    assertThat(libraries.size()).as("libraries").isLessThanOrEqualTo(before.libraries.size());
    assertThat((double) metaspace).as("metaspace").isLessThan(before.metaspace * GROWTH);
    assertThat((double) resident).as("resident").isLessThan(before.resident * GROWTH);
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
