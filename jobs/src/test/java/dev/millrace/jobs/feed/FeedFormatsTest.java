package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sales as Avro with a catalogue and as JSON lines. */
class FeedFormatsTest {

  private static final List<String> NAMES =
      List.of("Red mug", "Blue mug", "Garden fork", "Wool scarf", "Yoga mat");
  private static final Instant START = Instant.parse("2025-02-01T08:00:00Z");

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  @Test
  void avroInteractionsTakeTheirTextsFromTheItems() throws IOException {
    List<Interaction> sales = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sales.add(
          Interaction.newBuilder()
              .setUserId("p" + i % 4)
              .setItemId("s" + i % 5)
              .setBasketId("b" + i / 2)
              .setEventTime(START.plus(Duration.ofDays(i / 2)))
              .setQuantity(i == 39 ? -1 : 1)
              .build());
    }
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      items.add(Item.newBuilder().setItemId("s" + i).setTitle(NAMES.get(i)).build());
    }
    write(folder.resolve("in/sales.avro"), Interaction.class, sales);
    write(folder.resolve("in/items.avro"), Item.class, items);

    JsonNode report =
        feed("--format=avro", "in/sales.avro", "--items=" + folder.resolve("in/items.avro"));
    assertThat(report.get("rows_read").asInt()).isEqualTo(40);
    assertThat(report.get("interactions").asInt()).isEqualTo(39);
    assertThat(report.get("rows_returned").asInt()).isEqualTo(1);
    assertThat(report.get("texts_embedded").asInt()).isEqualTo(5);
    assertFeedIsWhole(report);
  }

  @Test
  void jsonLinesAreReadByFieldName() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      lines.add(
          "{\"user\": \"p%d\", \"item\": \"s%d\", \"text\": \"%s\", \"basket\": \"b%d\", \"time\": \"%s\"}"
              .formatted(
                  i % 4, i % 5, NAMES.get(i % 5), i / 2, START.plus(Duration.ofDays(i / 2))));
    }
    lines.add(7, "{\"user\": \"p1\", ");
    Files.createDirectories(folder.resolve("in"));
    Files.write(folder.resolve("in/sales.jsonl"), lines);

    JsonNode report = feed("--format=jsonl", "in/sales.jsonl");
    assertThat(report.get("rows_read").asInt()).isEqualTo(41);
    assertThat(report.get("interactions").asInt()).isEqualTo(40);
    assertThat(report.get("dead_letters").asInt()).isEqualTo(1);
    assertFeedIsWhole(report);
  }

  private JsonNode feed(String format, String input, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of(
                "feed",
                format,
                "--interactions=" + folder.resolve(input),
                "--top-k=3",
                "--parallelism=2",
                "--output=" + folder.resolve("feed"),
                "--report=" + folder.resolve("report.json")));
    args.addAll(List.of(more));
    assertThat(command.run(args.toArray(String[]::new)))
        .as(command::complained)
        .isEqualTo(ExitCode.DONE);
    return new ObjectMapper().readTree(folder.resolve("report.json").toFile());
  }

  private void assertFeedIsWhole(JsonNode report) throws IOException {
    List<Recommendation> feed = CommandRun.read(folder.resolve("feed"), Recommendation.class);
    assertThat(feed).hasSize(report.get("recommendations").asInt()).isNotEmpty();
    for (Recommendation one : feed) {
      assertThat(one.getModel()).isEqualTo("minilm");
      assertThat(one.getModelDigest()).hasSize(64);
      assertThat(one.getItems())
          .extracting(RecommendedItem::getItemId)
          .doesNotHaveDuplicates()
          .isSubsetOf("s0", "s1", "s2", "s3", "s4");
    }
  }

  private static <T extends SpecificRecord> void write(Path file, Class<T> type, List<T> records)
      throws IOException {
    Files.createDirectories(file.getParent());
    try (DataFileWriter<T> writer = new DataFileWriter<>(new SpecificDatumWriter<>(type))) {
      writer.create(records.get(0).getSchema(), file.toFile());
      for (T one : records) {
        writer.append(one);
      }
    }
  }
}
