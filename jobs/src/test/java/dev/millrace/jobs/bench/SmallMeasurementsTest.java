package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small forms of the measurements that take long; how fast a machine is does not matter here. */
final class SmallMeasurementsTest {

  @TempDir Path folder;

  @Test
  void backfillsAndSearches() throws IOException {
    BenchRun command =
        new BenchRun(
            List.of(new BackfillMeasurement(500, 12_000), new VectorSearchMeasurement(1_200, 10)));
    Path json = folder.resolve("rows.json");
    int unused =
        command.run(
            "bench",
            "--rounds=1",
            "--only=backfill-columnar-vs-rows,backfill-memory,vector-search-graph,"
                + "vector-search-graph-vs-exact",
            "--json=" + json);
    JsonNode rows = new ObjectMapper().readTree(json.toFile());
    assertThat(rows.findValuesAsText("name"))
        .as(command::complained)
        .containsExactly(
            "backfill-columnar-vs-rows",
            "backfill-memory",
            "vector-search-graph",
            "vector-search-graph-vs-exact");
    assertThat(rows.get(0).get("ratio").asDouble()).isPositive();
    assertThat(rows.get(1).get("median").isNumber()).isTrue();
    assertThat(rows.get(2).get("median").asDouble()).isGreaterThan(0.9).isLessThanOrEqualTo(1);
    assertThat(rows.get(3).get("ratio").asDouble()).isPositive();
  }

  @Test
  void whatTakesLongIsMeasuredOnlyIfItIsNamed() throws IOException {
    BenchRun command = new BenchRun(List.of(new VectorSearchMeasurement(1_200, 10)));
    assertThat(command.run("bench", "--help")).isEqualTo(ExitCode.DONE);
    assertThat(command.said().replaceAll("\\s+", " "))
        .contains("Without --only all of them are measured but vector-search-graph,");
    Path json = folder.resolve("rows.json");
    assertThat(command.run("bench", "--json=" + json)).isEqualTo(ExitCode.DONE);
    assertThat(new ObjectMapper().readTree(json.toFile())).isEmpty();
  }
}
