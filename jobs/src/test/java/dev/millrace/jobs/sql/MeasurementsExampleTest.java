package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.jobs.cli.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code jobs/examples/measurements.sql}, as it lies there. */
class MeasurementsExampleTest {

  @TempDir Path folder;

  @Test
  void eachRowHasTheProbabilitiesThatArithmeticGives() throws Exception {
    Random random = new Random(5);
    List<float[]> rows = new ArrayList<>();
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      float[] row = {random.nextFloat() * 4, random.nextFloat() * 4, random.nextFloat() * 4};
      rows.add(row);
      csv.append("%d,%s,%s,%s%n".formatted(i, row[0], row[1], row[2]));
    }
    Path input = Files.writeString(folder.resolve("measurements.csv"), csv);
    Path model = RawModels.classifier(folder.resolve("model"));
    Path output = folder.resolve("classified");
    SqlRun command = new SqlRun();
    int code =
        command.run(
            "sql",
            "examples/measurements.sql",
            "--set",
            "input=" + input,
            "--set",
            "output=" + output,
            "--set",
            "model=" + model);
    assertThat(command.complained()).isEmpty();
    assertThat(code).isEqualTo(ExitCode.DONE);
    List<JsonNode> answers = rows(output);
    assertThat(answers).hasSameSizeAs(rows);
    for (JsonNode answer : answers) {
      float[] row = rows.get(answer.get("id").asInt());
      double first = Math.exp(row[0]);
      double second = Math.exp(row[1] - row[2]);
      assertThat(answer.get("probabilities").get(0).floatValue())
          .isCloseTo((float) (first / (first + second)), within(1e-5f));
      assertThat(answer.get("label").asInt()).isEqualTo(second > first ? 1 : 0);
    }
  }

  private static List<JsonNode> rows(Path output) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path file :
          files.filter(path -> !path.getFileName().toString().startsWith(".")).toList()) {
        for (String line : Files.readAllLines(file)) {
          rows.add(new ObjectMapper().readTree(line));
        }
      }
    }
    return rows;
  }
}
