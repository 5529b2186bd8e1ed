package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cluster.ChildJvm;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user starts with {@code ./millrace feed}, and stops. */
final class ShutdownIT {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int SIGTERM = 15;

  @TempDir Path folder;

  @Test
  void sigtermEndsARunInOrder() throws IOException {
    Path output = folder.resolve("feed");
    Path report = folder.resolve("report.json");
    try (ChildJvm run =
        MillraceProcess.start(
            folder.resolve("said.txt"),
            "feed",
            "--serve=0",
            "--duration=10 min",
            "--parallelism=2",
            "--checkpoint-interval=1 s",
            "--output=" + output,
            "--report=" + report)) {
      run.until("has committed a part", PATIENCE, () -> assertThat(parts(output)).isNotEmpty());
      run.terminate();
      assertThat(run.await()).as(run::said).isEqualTo(StopSignals.ENDED_BY_SIGNAL + SIGTERM);
      assertThat(run.said())
          .contains("Stopped in order; this far it came.")
          .contains("recommendations")
          .doesNotContain("Exception");
    }
    JsonNode figures = new ObjectMapper().readTree(report.toFile());
    assertThat(CommandRun.read(output, Recommendation.class))
        .as("what is committed is what the summary says")
        .hasSize(figures.get("recommendations").asInt())
        .isNotEmpty();
    try (Stream<Path> left = Files.list(output)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .allMatch(name -> name.startsWith("part-") || name.equals(".millrace"));
    }
  }

  private static List<Path> parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.filter(file -> file.getFileName().toString().startsWith("part-")).toList();
    }
  }
}
