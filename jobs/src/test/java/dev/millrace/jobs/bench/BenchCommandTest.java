package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchCommandTest {

  @TempDir Path folder;

  private final BenchRun command = new BenchRun();

  @Test
  void everythingThatIsWrongIsSaidAtOnce() throws IOException {
    Files.createDirectory(folder.resolve("taken"));
    int code =
        command.run(
            "bench",
            "--quick=perhaps",
            "--json",
            folder.resolve("taken").toString(),
            "--texts",
            folder + "/*.csv",
            "--long-text-column=Review",
            "--only=host-pat,latency,padding",
            "--rounds=0",
            "--soak=5 s",
            "--quik");
    assertThat(code).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("--quick 'perhaps': neither true nor false")
        .contains("--json '" + folder.resolve("taken"))
        .contains("no file matches")
        .contains("--long-text-column 'Review': it says nothing without --long-texts")
        .contains("--only 'host-pat'")
        .contains("Did you mean 'host-path'?")
        .contains("--rounds '0'")
        .contains("--soak '5 s'")
        .contains("Did you mean '--quick'?")
        .doesNotContain("\tat ");
    assertThat(command.said()).isEmpty();
  }

  @Test
  void helpNamesTheOptionsAndTheRows() {
    assertThat(command.run("bench", "--help")).isEqualTo(ExitCode.DONE);
    for (ConfigOption<?> option : BenchOptions.ALL) {
      assertThat(command.said()).contains("--" + option.key());
    }
    assertThat(command.said())
        .contains("--quick[=true|false]")
        .contains("padding-long-tail")
        .contains("Exit codes");
  }

  @Test
  void aSwitchNeedsNoValue() {
    assertThat(command.run("bench", "--quick", "--only=nothing")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("1 problem").contains("--only 'nothing'");
  }

  @Test
  void oneRowFromItsTextsToItsJson() throws IOException {
    Path texts =
        Files.writeString(
            folder.resolve("shop.csv"),
            IntStream.range(0, 400)
                .mapToObj(i -> i + ",\"Mug, number " + i % 37 + "\"")
                .collect(Collectors.joining("\n", "id,name\n", "\n")));
    Path json = folder.resolve("rows.json");
    int code =
        command.run(
            "bench",
            "--quick",
            "--only=host-path",
            "--rounds=1",
            "--texts",
            texts.toString(),
            "--text-column=name",
            "--json",
            json.toString());
    assertThat(command.said())
        .as(() -> command.complained())
        .contains("37 short texts")
        .contains("a stream of 400 rows")
        .contains("rows/s a core");
    JsonNode rows = new ObjectMapper().readTree(json.toFile());
    assertThat(rows).hasSize(1);
    JsonNode row = rows.get(0);
    assertThat(row.get("name").asText()).isEqualTo("host-path");
    assertThat(row.get("median").asDouble()).isPositive();
    // How fast this machine is does not matter here; that the two say the same does.
    boolean met = row.get("met").asBoolean();
    assertThat(code).isEqualTo(met ? ExitCode.DONE : ExitCode.FAILED);
    assertThat(command.complained().contains("not met: ")).isEqualTo(!met);
  }

  @Test
  void aColumnThatIsNotThereIsSaid() throws IOException {
    Path texts = Files.writeString(folder.resolve("shop.csv"), "id,name\n1,Mug\n");
    assertThat(command.run("bench", "--only=host-path", "--texts", texts.toString()))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("--text-column 'text': " + texts + " has no such column. It has id, name.");
  }
}
