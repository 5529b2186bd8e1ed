package dev.millrace.jobs.devices;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.MillraceCommandLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace devices}, on real sessions. */
class DevicesCommandTest {

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return new MillraceCommandLine("1.2.3", List.of(DevicesCommands.devices()))
        .run(
            args,
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                true));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theProcessorIsThereWithoutBeingNamed() {
    assertThat(run("devices")).isEqualTo(ExitCode.DONE);
    assertThat(said()).contains("onnx:cpu").contains("384 dimensions").contains("right");
  }

  @Test
  void aServerThatChatsIsAskedForShortAnswers() {
    try (TestServer server = TestServer.chat("name=org/tiny")) {
      int code =
          run(
              "devices",
              "--generation",
              "--model=org/tiny",
              "--accelerators=openai+http://" + server.address() + "/v1");
      assertThat(code).isEqualTo(ExitCode.DONE);
      assertThat(said()).contains("yes, in ").contains("fits").contains("64").contains("right");
      // The session's own, two by the canary, and the measurement.
      assertThat(server.count("/v1/chat/completions")).isEqualTo(1 + 2 + 16);
    }
  }

  @Test
  void aModelThatIsUsedAsItIsIsAskedForAnAnswer() {
    RawModels.classifier(folder);
    String model = "--model=" + folder;
    assertThat(run("devices", "--raw", model)).isEqualTo(ExitCode.DONE);
    assertThat(said()).contains("onnx:cpu").contains("fits").contains("right");
    assertThat(run("devices", "--raw", model, "--accelerators=sim:a"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(run("devices", "--raw", "--generation", model)).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("which is for raw")
        .contains("does not go with --generation");
  }

  @Test
  void goodAndBadOnesAreTold() throws IOException {
    Path smi = folder.resolve("some-smi");
    Files.writeString(smi, "#!/bin/sh\necho '71, 250.5, 90, 1024, 2048, 0x0000000000000040, 0'\n");
    Files.setPosixFilePermissions(smi, PosixFilePermissions.fromString("rwxr-xr-x"));
    int code =
        run(
            "devices",
            "--json",
            "--accelerators=sim:table-1?speed=100000&telemetry="
                + smi
                + ":0,"
                + "sim:table-dead?die=0s..,"
                + "sim:table-liar?lie=0s..,"
                + "sim:table-2?telemetry="
                + folder
                + "/no-smi:0");
    assertThat(code).isEqualTo(ExitCode.FAILED);
    JsonNode devices = new ObjectMapper().readTree(said());
    assertThat(devices).hasSize(4);
    JsonNode first = devices.get(0);
    assertThat(first.get("usable").asBoolean()).isTrue();
    assertThat(first.get("tokens_per_second").asDouble()).isBetween(50_000.0, 110_000.0);
    assertThat(first.get("celsius").asDouble()).isEqualTo(71);
    assertThat(first.get("throttled").asBoolean()).isTrue();
    assertThat(devices.get(1).get("usable").asBoolean()).isFalse();
    assertThat(devices.get(1).get("trouble").asText()).contains("dead");
    assertThat(devices.get(2).get("canary").asText()).contains("known answer");
    assertThat(devices.get(3).get("usable").asBoolean()).isTrue();
    assertThat(devices.get(3).get("telemetry_trouble").asText()).contains("no-smi");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    assertThat(run("devices", "--accelerators=sim:a?x=1", "--model=none", "--interval=0 s"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("3 problems")
        .contains("sim:a")
        .contains("--model 'none'")
        .contains("--interval");
  }

  @Test
  void helpNamesTheOptions() {
    assertThat(run("devices", "--help")).isEqualTo(ExitCode.DONE);
    for (ConfigOption<?> option : DevicesOptions.ALL) {
      assertThat(said()).contains("--" + option.key());
    }
    assertThat(said()).contains("--accelerators").contains("Exit codes");
  }
}
