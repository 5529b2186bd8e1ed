package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shop wants of its feeds, from the command line to the files. */
class ShopFeedTest {

  private static final List<String> NAMES =
      List.of("Red mug", "Red mug, large", "Garden fork", "Wool scarf", "Yoga mat");
  private static final Instant START = Instant.parse("2025-02-01T08:00:00Z");
  private static final int DAYS = 20;

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  /**
   * Each day two people buy one of five items; from the tenth day on the fork is out of stock, and
   * so is the mat from a row on that is no purchase. Such rows do not move time on.
   */
  @Test
  void rowsOfCsvSayWhatIsToBeHadAndWhatItCosts() throws IOException {
    StringBuilder rows =
        new StringBuilder("user,item,text,basket,quantity,time,stock,Price in £\n");
    for (int i = 0; i < 2 * DAYS; i++) {
      int item = i % NAMES.size();
      rows.append(
          "p%d,s%d,\"%s\",b%d,1,%s,%s,%d%n"
              .formatted(
                  i % 2,
                  item,
                  NAMES.get(item),
                  i,
                  START.plus(Duration.ofDays(i / 2)),
                  item == 2 ? (i < DAYS ? "4" : "0") : i % 3 == 0 ? "" : "yes",
                  item == 3 ? 99 : 5));
    }
    rows.append("p1,s0,Red mug,b98,1,").append(START).append(",perhaps,5\n");
    for (int day : new int[] {18, 40}) {
      rows.append("shop,s4,Yoga mat,,0,").append(START.plus(Duration.ofDays(day))).append(",0,5\n");
    }
    Files.writeString(folder.resolve("sales.csv"), rows);

    JsonNode report =
        feed(
            "--interactions=" + folder.resolve("sales.csv"),
            "--available-column=stock",
            "--items-where=\"Price in £\" < 50",
            "--time-disorder=2 d",
            "--max-alike=1",
            "--alike-from=0.7",
            "--exact-up-to=2",
            "--refresh=9 h",
            "--refresh-for=20 h");
    assertThat(report.get("interactions").asInt()).isEqualTo(2 * DAYS);
    assertThat(report.get("rows_invalid_by_cause").get("bad_availability").asInt()).isEqualTo(1);
    assertThat(report.get("places_alike").asDouble()).isZero();

    List<Recommendation> feeds = CommandRun.read(folder.resolve("feed"), Recommendation.class);
    // After each day's baskets, and twice before the next ones; not after the last.
    assertThat(feeds).hasSize(2 * DAYS + 2 * 2 * (DAYS - 1));
    assertThat(report.get("rows_returned").asInt()).isEqualTo(2);
    Instant gone = START.plus(Duration.ofDays(11));
    assertThat(items(feeds)).contains("s2").doesNotContain("s3");
    assertThat(items(feeds.stream().filter(feed -> feed.getEventTime().isAfter(gone)).toList()))
        .contains("s0")
        .doesNotContain("s2", "s3");
    Instant sold = START.plus(Duration.ofDays(18));
    assertThat(items(between(feeds, gone, sold))).contains("s4");
    assertThat(items(between(feeds, sold, Instant.MAX))).doesNotContain("s4");
    assertThat(feeds)
        .as("one of two mugs")
        .allSatisfy(feed -> assertThat(items(List.of(feed))).doesNotContainSequence("s0", "s1"));
  }

  /** The same of a catalogue, in which an item goes and comes back. */
  @Test
  void itemsSayWhatIsToBeHadAndWhatTheyCost() throws IOException {
    List<Interaction> sales = new ArrayList<>();
    for (int i = 0; i < 2 * DAYS; i++) {
      sales.add(
          Interaction.newBuilder()
              .setUserId("p" + i % 2)
              .setItemId("s" + i % NAMES.size())
              .setBasketId("b" + i)
              .setEventTime(START.plus(Duration.ofDays(i / 2)))
              .build());
    }
    Instant gone = START.plus(Duration.ofDays(6));
    Instant back = START.plus(Duration.ofDays(12));
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      items.add(item(i, true, null));
    }
    // Not in the order of time: event time is what counts.
    items.add(item(2, true, back));
    items.add(item(2, false, gone));
    write(folder.resolve("sales.avro"), Interaction.class, sales);
    write(folder.resolve("items.avro"), Item.class, items);

    JsonNode report =
        feed(
            "--format=avro",
            "--interactions=" + folder.resolve("sales.avro"),
            "--items=" + folder.resolve("items.avro"),
            "--items-where=price < 50 and department = 'Home'");
    assertThat(report.get("texts_embedded").asInt())
        .as("what is gone or back is not embedded anew")
        .isEqualTo(NAMES.size());
    assertThat(report.has("places_alike")).isFalse();

    List<Recommendation> feeds = CommandRun.read(folder.resolve("feed"), Recommendation.class);
    assertThat(feeds).hasSize(2 * DAYS);
    assertThat(items(feeds)).doesNotContain("s3");
    assertThat(items(between(feeds, Instant.MIN, gone))).contains("s2");
    assertThat(items(between(feeds, gone, back))).contains("s0").doesNotContain("s2");
    assertThat(items(between(feeds, back, Instant.MAX))).contains("s2");
  }

  @Test
  void whatCannotBeIsSaidBeforeAnythingStarts() throws IOException {
    Files.writeString(
        folder.resolve("sales.csv"), "user,item,text,time,price\nu,i,t,2025-01-01,1\n");
    String input = "--interactions=" + folder.resolve("sales.csv");
    assertThat(complaints(input, "--items-where=prize < 3"))
        .contains("--items-where", "no column", "Did you mean 'price'?");
    assertThat(complaints(input, "--items-where=price <")).contains("at character 8 is the end");
    assertThat(complaints(input, "--available-column=stock")).contains("--available-column");
    assertThat(complaints(input, "--max-alike=-1", "--alike-from=1.5", "--refresh=1 s"))
        .contains("0 or more", "above 0 and up to 1", "at least 1 min");
    assertThat(complaints("--exact-up-to=-1")).contains("--exact-up-to", "0 or more");
    assertThat(complaints("--items-where=price < 3"))
        .contains("department, description, item_id, title");
  }

  private String complaints(String... args) {
    List<String> all = new ArrayList<>(List.of("feed", "--output=" + folder.resolve("none")));
    all.addAll(List.of(args));
    assertThat(command.run(all.toArray(String[]::new))).isEqualTo(ExitCode.WRONG_USAGE);
    return command.complained();
  }

  private static Item item(int number, boolean available, @Nullable Instant since) {
    return Item.newBuilder()
        .setItemId("s" + number)
        .setTitle(NAMES.get(number))
        .setDepartment("Home")
        .setUpdatedAt(since)
        .setAvailable(available)
        .setFields(List.of(new ItemField("price", number == 3 ? "99.00" : "5")))
        .build();
  }

  private static List<Recommendation> between(
      List<Recommendation> feeds, Instant from, Instant until) {
    return feeds.stream()
        .filter(feed -> !feed.getEventTime().isBefore(from) && feed.getEventTime().isBefore(until))
        .toList();
  }

  private static Collection<String> items(List<Recommendation> feeds) {
    return feeds.stream()
        .flatMap(feed -> feed.getItems().stream())
        .map(RecommendedItem::getItemId)
        .distinct()
        .sorted()
        .toList();
  }

  private JsonNode feed(String... args) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "feed",
                "--parallelism=2",
                "--output=" + folder.resolve("feed"),
                "--report=" + folder.resolve("report.json")));
    all.addAll(List.of(args));
    assertThat(command.run(all.toArray(String[]::new)))
        .as(command::complained)
        .isEqualTo(ExitCode.DONE);
    return new ObjectMapper().readTree(folder.resolve("report.json").toFile());
  }

  private static <T extends SpecificRecord> void write(Path file, Class<T> type, List<T> records)
      throws IOException {
    try (DataFileWriter<T> writer = new DataFileWriter<>(new SpecificDatumWriter<>(type))) {
      writer.create(records.get(0).getSchema(), file.toFile());
      for (T one : records) {
        writer.append(one);
      }
    }
  }
}
