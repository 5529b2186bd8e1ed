package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.parquet.CodecsForTests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parquet through the whole command; Parquet's own objects write and read it. */
class BackfillParquetTest {

  private static final int ROWS = Integer.getInteger("millrace.test.rows", 4_000);
  private static final int DISTINCT_TEXTS = 500;

  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message goods {
            required int64 id;
            optional binary text (STRING);
            required int32 price (DECIMAL(9, 2));
            optional int64 at (TIMESTAMP(MICROS, true));
            required int64 local (TIMESTAMP(NANOS, false));
            required int32 day (DATE);
            required int32 small (INTEGER(8, false));
            optional int96 old;
            repeated int32 loose;
            optional group tags (LIST) { repeated group list { optional binary element (STRING); } }
            optional group legacy (LIST) { repeated int32 array; }
            optional group sizes (MAP) {
              repeated group key_value { required binary key (STRING); optional double value; } }
            optional group maker { required binary name (STRING); optional group seat {
              optional int32 floor; } }
            required fixed_len_byte_array(3) code;
          }
          """);

  @TempDir Path folder;

  @Test
  void everyRowIsThereAgainWithItsTypes() throws IOException {
    Path input = folder.resolve("goods.parquet");
    write(input);
    Path output = folder.resolve("out");
    BackfillRuns runs = new BackfillRuns();
    runs.succeed(
        "--input=" + input,
        "--text-column=text",
        "--output=" + output,
        "--rows-per-file=" + Math.max(1_500, ROWS / 20));

    try (ParquetReader<Group> expected = reader(input)) {
      long rows = 0;
      for (Path part : BackfillRuns.parts(output)) {
        try (ParquetReader<Group> found = reader(part)) {
          for (Group row = found.read(); row != null; row = found.read()) {
            compare(expected.read(), row);
            rows++;
          }
        }
      }
      assertThat(rows).isEqualTo(ROWS);
      assertThat(expected.read()).isNull();
    }
    try (ParquetFileReader file =
        ParquetFileReader.open(
            new LocalInputFile(BackfillRuns.parts(output).get(0)),
            ParquetReadOptions.builder(new PlainParquetConfiguration())
                .withCodecFactory(CodecsForTests.get())
                .build())) {
      MessageType type = file.getFileMetaData().getSchema();
      for (String same : List.of("id", "text", "at", "local", "day", "small", "maker", "code")) {
        assertThat(type.getType(same)).isEqualTo(TYPE.getType(same));
      }
      assertThat(type.getType("price").getLogicalTypeAnnotation())
          .isEqualTo(TYPE.getType("price").getLogicalTypeAnnotation());
      assertThat(file.getFileMetaData().getKeyValueMetaData()).containsKey("ARROW:schema");
    }
  }

  private static void compare(Group expected, Group row) {
    long id = expected.getLong("id", 0);
    for (String same : List.of("id", "text", "at", "local", "day", "small", "maker", "code")) {
      assertThat(values(row, same)).as("%s of %d", same, id).isEqualTo(values(expected, same));
    }
    int price = ByteBuffer.wrap(wide(row.getBinary("price", 0).getBytes())).getInt();
    assertThat(price).isEqualTo(expected.getInteger("price", 0));
    if (expected.getFieldRepetitionCount("old") > 0) {
      NanoTime time = NanoTime.fromBinary(expected.getInt96("old", 0));
      assertThat(row.getLong("old", 0))
          .isEqualTo(
              (time.getJulianDay() - 2_440_588) * 86_400_000_000_000L + time.getTimeOfDayNanos());
    }
    Group loose = row.getGroup("loose", 0);
    assertThat(loose.getFieldRepetitionCount(0))
        .isEqualTo(expected.getFieldRepetitionCount("loose"));
    assertThat(values(row, "tags")).isEqualTo(values(expected, "tags"));
    assertThat(values(row, "sizes")).isEqualTo(values(expected, "sizes"));
    assertThat(row.getFieldRepetitionCount("legacy"))
        .isEqualTo(expected.getFieldRepetitionCount("legacy"));
    if (row.getFieldRepetitionCount("legacy") > 0) {
      Group legacy = row.getGroup("legacy", 0);
      for (int i = 0; i < legacy.getFieldRepetitionCount(0); i++) {
        assertThat(legacy.getGroup(0, i).getInteger(0, 0))
            .isEqualTo(expected.getGroup("legacy", 0).getInteger(0, i));
      }
    }
    boolean text = expected.getFieldRepetitionCount("text") > 0;
    assertThat(row.getFieldRepetitionCount("embedding")).isEqualTo(text ? 1 : 0);
    if (text) {
      assertThat(row.getGroup("embedding", 0).getFieldRepetitionCount(0)).isEqualTo(384);
    }
  }

  /** The last four bytes of a number whose bytes come with the highest first. */
  private static byte[] wide(byte[] number) {
    ByteBuffer four = ByteBuffer.allocate(4).order(ByteOrder.BIG_ENDIAN);
    for (int i = 0; i < 4 - number.length; i++) {
      four.put((byte) (number[0] < 0 ? -1 : 0));
    }
    return four.put(number, Math.max(0, number.length - 4), Math.min(4, number.length)).array();
  }

  private static String values(Group row, String field) {
    StringBuilder values = new StringBuilder();
    int at = row.getType().getFieldIndex(field);
    for (int i = 0; i < row.getFieldRepetitionCount(at); i++) {
      values
          .append(
              row.getType().getType(at).isPrimitive()
                  ? row.getValueToString(at, i)
                  : row.getGroup(at, i).toString())
          .append(';');
    }
    return values.toString();
  }

  private static void write(Path file) throws IOException {
    SimpleGroupFactory groups = new SimpleGroupFactory(TYPE);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(TYPE)
            .withConf(new PlainParquetConfiguration())
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withRowGroupSize(100_000L)
            .build()) {
      for (int i = 0; i < ROWS; i++) {
        Group row = groups.newGroup();
        row.add("id", (long) i);
        if (i % 50 != 7) {
          row.add("text", "mug " + i % DISTINCT_TEXTS);
        }
        row.add("price", i * (i % 2 == 0 ? -1 : 1));
        if (i % 3 != 0) {
          row.add("at", 1_709_208_000_000_000L + i);
          row.add("old", new NanoTime(2_460_370 + i % 7, i * 1_000L));
        }
        row.add("local", -1_000_000_000L * i);
        row.add("day", i);
        row.add("small", i % 256);
        for (int j = 0; j < i % 4; j++) {
          row.add("loose", j);
        }
        if (i % 5 != 0) {
          Group tags = row.addGroup("tags");
          for (int j = 0; j < i % 3; j++) {
            Group tag = tags.addGroup("list");
            if (j != 1) {
              tag.add("element", "tag " + j);
            }
          }
          Group legacy = row.addGroup("legacy");
          for (int j = 0; j < i % 3; j++) {
            legacy.add("array", i + j);
          }
        }
        if (i % 7 != 0) {
          Group sizes = row.addGroup("sizes");
          for (int j = 0; j < i % 2; j++) {
            Group size = sizes.addGroup("key_value");
            size.add("key", "k" + j);
            if (i % 4 == 1) {
              size.add("value", i * 0.5);
            }
          }
          Group maker = row.addGroup("maker");
          maker.add("name", "maker " + i);
          if (i % 2 == 0) {
            Group seat = maker.addGroup("seat");
            if (i % 4 == 0) {
              seat.add("floor", i);
            }
          }
        }
        row.add("code", Binary.fromConstantByteArray(new byte[] {1, (byte) i, -1}));
        writer.write(row);
      }
    }
  }

  private static ParquetReader<Group> reader(Path file) throws IOException {
    return new Groups(new LocalInputFile(file)).withCodecFactory(CodecsForTests.get()).build();
  }

  private static final class Groups extends ParquetReader.Builder<Group> {
    Groups(InputFile file) {
      super(file, new PlainParquetConfiguration());
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }
}
