package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command with a ranking model. */
final class RankingModelFeedTest {

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  private Path sales() throws IOException {
    StringBuilder rows = new StringBuilder("user,item,text,basket,time\n");
    String[] names = {"Red mug", "Blue mug", "Garden fork", "Wool scarf", "Yoga mat"};
    for (int i = 0; i < 60; i++) {
      rows.append(
          "p%d,s%d,%s,b%d,2025-02-%02dT00:00:00Z\n"
              .formatted(i / 2 % 4, i % 5, names[i % 5], i / 2, 1 + i / 3));
    }
    return Files.writeString(folder.resolve("sales.csv"), rows);
  }

  private int feed(String... more) throws IOException {
    String[] all = new String[more.length + 7];
    all[0] = "feed";
    all[1] = "--interactions";
    all[2] = sales().toString();
    all[3] = "--output=" + folder.resolve("feed");
    all[4] = "--report=" + folder.resolve("report.json");
    all[5] = "--top-k=3";
    all[6] = "--parallelism=1";
    System.arraycopy(more, 0, all, 7, more.length);
    return command.run(all);
  }

  @Test
  void hasASayAndIsCompared() throws IOException {
    Path model = HeadedModels.of(folder.resolve("cross"), 1, "\"id2label\": {\"0\": \"LABEL_0\"},");
    assertThat(feed("--ranking-model=" + model, "--ranking-candidates=4"))
        .as(() -> command.complained())
        .isEqualTo(ExitCode.DONE);
    assertThat(command.said()).contains("ranking the best 4 candidates with").contains("no model");
    JsonNode report = new ObjectMapper().readTree(folder.resolve("report.json").toFile());
    assertThat(report.get("texts_embedded").asInt()).as("with pairs").isGreaterThan(5);
    assertThat(report.get("baskets_evaluated").asInt()).isEqualTo(26);
    assertThat(report.get("without_ranking_model").get("recall_at_k").asDouble()).isPositive();
    assertThat(report.get("dead_letters_that_are_no_rows").has("pairs_not_scored")).isFalse();
    assertThat(CommandRun.read(folder.resolve("feed"), Recommendation.class))
        .hasSize(report.get("recommendations").asInt())
        .allMatch(one -> !one.getItems().isEmpty());
  }

  @Test
  void readsItemIdsWhereTheFolderHasThem() throws IOException {
    float[][] vectors = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
    Path model = RawModels.sequence(folder.resolve("sequence"), vectors);
    Files.writeString(model.resolve("items.txt"), "s0\ns1\ns3\n");
    assertThat(feed("--ranking-model=" + model)).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("which needs config.json with a number 'max_length'");
    Files.writeString(model.resolve("config.json"), "{\"max_length\": 5}");
    assertThat(feed("--ranking-model=" + model, "--ranking-candidates=4"))
        .as(() -> command.complained())
        .isEqualTo(ExitCode.DONE);
    JsonNode report = new ObjectMapper().readTree(folder.resolve("report.json").toFile());
    assertThat(report.get("baskets_evaluated").asInt()).isEqualTo(26);
    assertThat(report.get("without_ranking_model").get("recall_at_k").asDouble()).isPositive();
    assertThat(report.get("dead_letters_that_are_no_rows").has("feeds_not_scored")).isFalse();
  }

  @Test
  void whatIsNoCrossEncoderIsWrongUsage() throws IOException {
    assertThat(feed("--ranking-model=minilm", "--ranking-candidates=0"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("--ranking-model 'minilm'")
        .contains("is for embedding and not for classification")
        .contains("--ranking-candidates '0': it must be from 1 to 1000");
    assertThat(folder.resolve("feed")).doesNotExist();
  }
}
