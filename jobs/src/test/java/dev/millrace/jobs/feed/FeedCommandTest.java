package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FeedCommandTest {

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  private Path sales() throws IOException {
    StringBuilder rows = new StringBuilder("who,sku,name,invoice,count,date\n");
    String[] names = {"Red mug", "Blue mug", "Garden fork", "Wool scarf", "Yoga mat"};
    for (int i = 0; i < 60; i++) {
      rows.append("p").append(i % 4).append(",s").append(i % 5).append(",");
      rows.append(names[i % 5]).append(",b").append(i / 2).append(",1,2025-02-");
      rows.append(String.format("%02d", 1 + i / 3)).append("\n");
    }
    rows.append("p1,s1,Blue mug,c1,-1,2025-02-25\n");
    rows.append(",s1,Blue mug,b90,1,2025-02-25\n");
    rows.append("p1,s1,,b91,1,2025-02-25\n");
    rows.append("p1,s1,Blue mug,b92,1,yesterday\n");
    rows.append("no row at all\n");
    Path file = folder.resolve("sales.csv");
    return Files.writeString(file, rows);
  }

  private String[] feed(Path input, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "feed",
                "--interactions",
                input.toString(),
                "--user-column=who",
                "--item-column=sku",
                "--text-column=name",
                "--basket-column=invoice",
                "--quantity-column=count",
                "--time-column=date",
                "--time-format=yyyy-MM-dd",
                "--top-k=3",
                "--output",
                folder.resolve("feed").toString(),
                "--report",
                folder.resolve("report.json").toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  @Test
  void aFeedOfAFile() throws IOException {
    assertThat(command.run(feed(sales()))).as(() -> command.complained()).isEqualTo(ExitCode.DONE);
    JsonNode report = new ObjectMapper().readTree(folder.resolve("report.json").toFile());
    assertThat(report.get("rows_read").asInt()).isEqualTo(65);
    assertThat(report.get("interactions").asInt()).isEqualTo(60);
    assertThat(report.get("rows_returned").asInt()).isEqualTo(1);
    assertThat(report.get("rows_invalid").asInt()).isEqualTo(3);
    assertThat(report.get("dead_letters").asInt()).isEqualTo(1);
    assertThat(report.get("people").asInt()).isEqualTo(4);
    assertThat(report.get("items").asInt()).isEqualTo(5);
    assertThat(report.get("texts_embedded").asInt()).isEqualTo(5);
    List<Recommendation> feed = CommandRun.read(folder.resolve("feed"), Recommendation.class);
    assertThat(feed).hasSize(report.get("recommendations").asInt()).isNotEmpty();
    assertThat(feed).allMatch(one -> one.getItems().size() <= 3);
    assertThat(CommandRun.read(folder.resolve("feed-dead-letters"), DeadLetter.class))
        .singleElement()
        .satisfies(letter -> assertThat(letter.getPosition()).isEqualTo(66));
    assertThat(command.said()).contains("65 read = 60 interactions");

    // Again, as JSON lines, in place of the first; now no line is broken.
    Path clean =
        Files.write(
            folder.resolve("clean.csv"),
            Files.readAllLines(folder.resolve("sales.csv")).subList(0, 61));
    assertThat(command.run(feed(clean, "--output-format=jsonl", "--parallelism=1")))
        .as(() -> command.complained())
        .isEqualTo(ExitCode.DONE);
    assertThat(command.said()).contains("of an earlier run");
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("feed"))) {
      for (Path file :
          files.filter(path -> path.getFileName().toString().startsWith("part")).toList()) {
        assertThat(file.toString()).endsWith(".jsonl");
        lines.addAll(Files.readAllLines(file));
      }
    }
    assertThat(lines).hasSameSizeAs(feed);
    JsonNode line = new ObjectMapper().readTree(lines.get(0));
    assertThat(line.get("event_time").asText()).startsWith("2025-02-");
    assertThat(line.get("items").get(0).get("reason").asText()).isNotEmpty();
    assertThat(folder.resolve("feed-dead-letters")).doesNotExist();
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() throws IOException {
    Path input = sales();
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("thesis.doc"), "x");
    int code =
        command.run(
            "feed",
            "--interactions",
            input.toString(),
            "--user-column=whom",
            "--time-format=HH:mm",
            "--top-k=0",
            "--sources=history,taste",
            "--parallelism=zero",
            "--accelerators=onyx:cpu",
            "--model=" + folder.resolve("no-model"),
            "--output",
            foreign.toString(),
            "--report",
            input + "/report.json",
            "--checkpoint-interval=soon",
            "--batch-row=3");
    assertThat(code).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained())
        .contains("--user-column 'whom'")
        .contains("Did you mean 'who'?")
        .contains("Its columns are who, sku, name, invoice, count, date")
        .contains("--item-column")
        .contains("--time-format 'HH:mm'")
        .contains("--top-k '0'")
        .contains("'taste' is no source; allowed are history,companions,content,trend")
        .contains("--parallelism 'zero'")
        .contains("--accelerators")
        .contains("--model")
        .contains("--output '" + foreign)
        .contains("thesis.doc")
        .contains("--report")
        .contains("--checkpoint-interval 'soon'")
        .contains("Did you mean '--batch-rows'?")
        .doesNotContain("\tat ");
    assertThat(command.said()).isEmpty();
    assertThat(folder.resolve("foreign-dead-letters")).doesNotExist();
  }

  @Test
  void noSuchFileIsWrongUsage() {
    assertThat(
            command.run("feed", "--interactions", folder + "/*.csv", "--output", folder + "/feed"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("--interactions").contains("no file matches");
    assertThat(folder.resolve("feed")).doesNotExist();
  }

  @Test
  void unknownWordsAreAnsweredWithTheNearest() {
    assertThat(command.run("fed")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("Did you mean 'feed'?");
    assertThat(command.run("feed", "--interaction=x")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("Did you mean '--interactions'?");
    assertThat(command.run("feed", "--top-k")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("--top-k");
    assertThat(command.run()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(command.complained()).contains("feed");
  }

  @Test
  void helpAndVersion() {
    assertThat(command.run("--version")).isEqualTo(ExitCode.DONE);
    assertThat(command.said().strip()).isEqualTo("millrace 1.2.3");
    assertThat(command.run("--help")).isEqualTo(ExitCode.DONE);
    assertThat(command.said()).contains("feed").contains("Exit codes");
    assertThat(command.run("feed", "--help")).isEqualTo(ExitCode.DONE);
    String help = command.said();
    for (ConfigOption<?> option : FeedCommands.feed().options()) {
      assertThat(help).contains("--" + option.key() + "=");
    }
    assertThat(help.lines()).allMatch(line -> line.length() <= 100);
    assertThat(command.run("help", "feed")).isEqualTo(ExitCode.DONE);
    assertThat(command.said()).isEqualTo(help);
  }
}
