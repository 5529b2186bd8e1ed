package dev.millrace.jobs.feed;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The feed is the same wherever the model runs: here, or at a server. */
final class RemoteFeedTest {

  private static final long SEED = 11;

  @TempDir static Path folder;
  private static List<String> here = List.of();

  private final CommandRun command = new CommandRun();
  private Path model = folder.resolve("minilm-fp32");

  @BeforeAll
  static void runHere() throws IOException {
    ModelFolders.fp32MiniLm(folder.resolve("minilm-fp32"));
    here = new RemoteFeedTest().feed("onnx:cpu", "here");
    withoutGraph();
  }

  @Test
  void overTheOpenInferenceProtocol() throws IOException {
    try (TestServer server = TestServer.oip(graph(), "name=minilm-fp32")) {
      assertThat(feed("oip+grpc://" + server.address(), "oip")).isEqualTo(here);
      assertThat(server.count("questions")).isPositive();
    }
  }

  @Test
  void overOpenAisRoutesAndWithoutAGraphHere() throws IOException {
    model = folder.resolve("bare/minilm-fp32");
    try (TestServer server = TestServer.openAi(graph(), "name=minilm-fp32")) {
      assertThat(feed("openai+http://" + server.address() + "/v1", "openai")).isEqualTo(here);
      assertThat(server.count("/v1/embeddings")).isPositive();
    }
  }

  @Test
  void aServerThatIsNotThereIsSaid() throws IOException {
    assertThat(run("oip+grpc://127.0.0.1:1", "nowhere")).isNotEqualTo(ExitCode.DONE);
    assertThat(command.complained())
        .contains("oip+grpc://127.0.0.1:1 with the model 'minilm-fp32'")
        .contains("UNAVAILABLE")
        .doesNotContain("\tat ");
  }

  @Test
  void aPoolGoesWithoutAServerThatIsNotThere() throws IOException {
    assertThat(feed("onnx:cpu,oip+grpc://127.0.0.1:1", "without")).isEqualTo(here);
  }

  private static void withoutGraph() throws IOException {
    for (String file :
        List.of(
            "config.json",
            "sentence_bert_config.json",
            "modules.json",
            "tokenizer.json",
            "1_Pooling/config.json")) {
      Path copy = folder.resolve("bare/minilm-fp32").resolve(file);
      Files.createDirectories(requireNonNull(copy.getParent()));
      Files.copy(folder.resolve("minilm-fp32").resolve(file), copy);
    }
  }

  @Test
  void aGraphThatIsNeededHereIsAskedForBeforeTheJobStarts() throws IOException {
    model = folder.resolve("bare/minilm-fp32");
    assertThat(run("onnx:cpu", "ungraphed")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("--model")
        .contains("has neither onnx/model.onnx nor model.onnx");
  }

  private static Path graph() {
    return folder.resolve("minilm-fp32/onnx/model.onnx");
  }

  private List<String> feed(String accelerator, String name) throws IOException {
    assertThat(run(accelerator, name)).as(command::complained).isEqualTo(ExitCode.DONE);
    List<String> feed = new ArrayList<>();
    for (Recommendation one : CommandRun.read(folder.resolve(name), Recommendation.class)) {
      feed.add(one.getUserId() + " " + one.getEventTime() + " " + items(one));
    }
    assertThat(folder.resolve(name + "-dead-letters")).doesNotExist();
    assertThat(feed).isNotEmpty();
    feed.sort(null);
    return feed;
  }

  private static List<String> items(Recommendation one) {
    return one.getItems().stream().map(item -> item.getItemId()).toList();
  }

  private int run(String accelerator, String name) throws IOException {
    return command.run(
        "feed",
        "--interactions",
        sales().toString(),
        "--top-k=5",
        "--model",
        model.toString(),
        "--accelerators",
        accelerator,
        "--output",
        folder.resolve(name).toString());
  }

  private static Path sales() throws IOException {
    String[] colours = {"Red", "Blue", "Striped", "Vintage"};
    String[] things = {"mug", "garden fork", "wool scarf", "yoga mat", "lantern"};
    StringBuilder rows = new StringBuilder("user,item,text,basket,quantity,time\n");
    Random random = new Random(SEED);
    for (int i = 0; i < 120; i++) {
      int item = random.nextInt(colours.length * things.length);
      rows.append("p").append(i % 6).append(",s").append(item).append(",");
      rows.append(colours[item % 4]).append(" ").append(things[item / 4]);
      rows.append(",b").append(i / 2).append(",1,2025-02-");
      rows.append(String.format("%02dT10:00:00Z%n", 1 + i / 5));
    }
    return Files.writeString(folder.resolve("sales.csv"), rows);
  }
}
