package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.TokenModels;
import dev.millrace.accelerator.onnx.TokenModels.Span;
import dev.millrace.jobs.cli.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code jobs/examples/spans.sql}, as it lies there. */
class SpansExampleTest {

  @TempDir Path folder;

  @Test
  void eachSpanOfAPlainLoopIsARow() throws Exception {
    List<String> texts = Texts.generated(40, 20, 6);
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      csv.append("%d,\"%s\"\n".formatted(i, texts.get(i).replace("\"", "\"\"")));
    }
    Path input = Files.writeString(folder.resolve("reviews.csv"), csv);
    Path model = TokenModels.table(folder.resolve("model"), TokenModels.LABELS);
    Path output = folder.resolve("found");
    SqlRun command = new SqlRun();
    int code =
        command.run(
            "sql",
            "examples/spans.sql",
            "--set",
            "input=" + input,
            "--set",
            "output=" + output,
            "--set",
            "model=" + model);
    assertThat(command.complained()).isEmpty();
    assertThat(code).isEqualTo(ExitCode.DONE);
    List<List<Span>> expected = TokenModels.spans(model, TokenModels.LABELS, texts, 256);
    int count = 0;
    for (JsonNode row : rows(output)) {
      int id = row.get("id").asInt();
      String name = texts.get(id).substring(row.get("start").asInt(), row.get("end").asInt());
      assertThat(row.get("name").asText()).isEqualTo(name);
      assertThat(expected.get(id))
          .anySatisfy(
              span -> {
                assertThat(row.get("label").asText()).isEqualTo(span.label());
                assertThat(row.get("start").asInt()).isEqualTo(span.start());
                assertThat(row.get("end").asInt()).isEqualTo(span.end());
                assertThat(row.get("score").floatValue()).isCloseTo(span.score(), within(1e-5f));
              });
      count++;
    }
    assertThat(count).isEqualTo(expected.stream().mapToInt(List::size).sum()).isPositive();
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
