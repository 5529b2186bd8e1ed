package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AvroFormatTest {

  private static final int BLOCKS = 20;
  private static final int ROWS_IN_BLOCK = 10;

  @TempDir Path folder;

  private Path file = Path.of("");

  @BeforeEach
  void writeFile() throws IOException {
    file = folder.resolve("rows.avro");
    try (DataFileWriter<Interaction> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(Interaction.class))) {
      writer.create(Interaction.getClassSchema(), file.toFile());
      for (int i = 0; i < BLOCKS * ROWS_IN_BLOCK; i++) {
        writer.append(
            Interaction.newBuilder()
                .setUserId("u")
                .setItemId("i" + i)
                .setText("t")
                .setQuantity(i == 7 ? -1 : 1)
                .setEventTime(Instant.ofEpochMilli(i))
                .build());
        if (i % ROWS_IN_BLOCK == ROWS_IN_BLOCK - 1) {
          writer.sync();
        }
      }
    }
  }

  private List<SourceRow> read(Path path) {
    return Rows.read(Rows.format(FileFormat.AVRO), path);
  }

  private static long count(List<SourceRow> rows, Outcome outcome) {
    return rows.stream().filter(row -> row.outcome() == outcome).count();
  }

  @Test
  void readsAllRows() {
    List<SourceRow> rows = read(file);
    assertThat(rows).hasSize(BLOCKS * ROWS_IN_BLOCK);
    assertThat(count(rows, Outcome.RETURNED)).isEqualTo(1);
  }

  @Test
  void readsThroughGzip() throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (var gzip = new java.util.zip.GZIPOutputStream(bytes)) {
      gzip.write(Files.readAllBytes(file));
    }
    assertThat(read(Rows.write(folder, "rows.avro.gz", bytes.toByteArray())))
        .hasSize(BLOCKS * ROWS_IN_BLOCK);
  }

  @Test
  void aTruncatedFileKeepsItsRowsAndIsOneDeadLetter() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int cut : new int[] {0, 3, 100, whole.length / 2, whole.length - 20, whole.length - 5}) {
      List<SourceRow> rows = read(Rows.write(folder, "cut.avro", Arrays.copyOf(whole, cut)));
      assertThat(count(rows, Outcome.DEAD_LETTER)).as("cut at %s", cut).isEqualTo(1);
      assertThat(rows.get(rows.size() - 1).outcome()).isEqualTo(Outcome.DEAD_LETTER);
    }
    var gzip = new java.io.ByteArrayOutputStream();
    try (var out = new java.util.zip.GZIPOutputStream(gzip)) {
      out.write(whole);
    }
    byte[] part = Arrays.copyOf(gzip.toByteArray(), gzip.size() - 60);
    assertThat(count(read(Rows.write(folder, "cut.avro.gz", part)), Outcome.DEAD_LETTER))
        .isEqualTo(1);
    assertThat(read(Rows.write(folder, "half.avro", Arrays.copyOf(whole, whole.length / 2))))
        .hasSizeGreaterThan(ROWS_IN_BLOCK);
  }

  @Test
  void aBrokenBlockIsOneDeadLetterAndTheNextIsRead() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int at = bytes.length / 2;
    Arrays.fill(bytes, at, at + 12, (byte) 0xFF);
    List<SourceRow> rows = read(Rows.write(folder, "broken.avro", bytes));
    assertThat(count(rows, Outcome.DEAD_LETTER)).isEqualTo(1);
    assertThat(count(rows, Outcome.INTERACTION))
        .isBetween((long) (BLOCKS - 3) * ROWS_IN_BLOCK, (long) BLOCKS * ROWS_IN_BLOCK - 2);
    assertThat(Rows.briefs(rows)).contains("INTERACTION i" + (BLOCKS * ROWS_IN_BLOCK - 1));
  }

  @Test
  void olderAndNewerSchemasAreResolved() throws IOException {
    Schema other =
        SchemaBuilder.record("Interaction")
            .namespace("dev.millrace.schemas")
            .fields()
            .requiredString("item_id")
            .requiredString("user_id")
            .requiredString("from_the_future")
            .name("event_time")
            .type(Interaction.getClassSchema().getField("event_time").schema())
            .noDefault()
            .optionalString("text")
            .endRecord();
    GenericRecord row = new GenericData.Record(other);
    row.put("item_id", "i");
    row.put("user_id", "u");
    row.put("from_the_future", "x");
    row.put("event_time", 5L);
    row.put("text", "t");
    Path path = folder.resolve("other.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(other))) {
      writer.create(other, path.toFile());
      writer.append(row);
    }
    Interaction read = Objects.requireNonNull(read(path).get(0).interaction());
    assertThat(read.getQuantity()).isEqualTo(1);
    assertThat(read.getEventTime()).isEqualTo(Instant.ofEpochMilli(5));
  }

  @Test
  void itemsAreRead() throws IOException {
    Path path = folder.resolve("items.avro");
    Item item = Item.newBuilder().setItemId("i").setTitle("A title").build();
    try (DataFileWriter<Item> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(Item.class))) {
      writer.create(Item.getClassSchema(), path.toFile());
      writer.append(item);
    }
    List<SourceRow> rows = Rows.read(AvroFormat.items(), path);
    assertThat(rows).extracting(SourceRow::item).containsExactly(item);
  }
}
