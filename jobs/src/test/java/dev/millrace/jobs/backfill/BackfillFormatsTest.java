package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From every format into every other, and what was there is there again, with its type. */
class BackfillFormatsTest {

  private static final Schema GOODS =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Goods", "namespace": "shop", "doc": "kept", "fields": [
                {"name": "id", "type": "long"},
                {"name": "title", "type": ["null", "string"]},
                {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
                {"name": "weight", "type": ["null", {"type": "fixed", "name": "Weight", "size": 8, "logicalType": "decimal", "precision": 18, "scale": 4}]},
                {"name": "since", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
                {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                {"name": "opens", "type": {"type": "int", "logicalType": "time-millis"}},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["MUG", "LAMP"]}},
                {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
                {"name": "sizes", "type": {"type": "map", "values": "double"}},
                {"name": "maker", "type": ["null", {"type": "record", "name": "Maker", "fields": [
                  {"name": "name", "type": "string"}, {"name": "founded", "type": ["null", "int"]}]}]},
                {"name": "stock", "type": "float"},
                {"name": "gone", "type": "boolean"},
                {"name": "code", "type": {"type": "fixed", "name": "Code", "size": 3}},
                {"name": "raw", "type": "bytes"}
              ]}
              """);

  @TempDir Path folder;

  @Test
  void whatAvroHoldsIsThereAgainBehindEveryFormat() throws IOException {
    List<GenericRecord> goods = goods();
    Path avro = write(goods);
    BackfillRuns runs = new BackfillRuns();
    embed(runs, avro, "arrow", "v1");
    embed(runs, folder.resolve("out-v1"), "avro", "v2");
    embed(runs, folder.resolve("out-v2"), "parquet", "v3");
    embed(runs, folder.resolve("out-v3"), "jsonl", "v4");

    List<GenericRecord> again = new ArrayList<>();
    for (Path part : BackfillRuns.parts(folder.resolve("out-v2"))) {
      try (DataFileReader<GenericRecord> reader =
          new DataFileReader<>(part.toFile(), new GenericDatumReader<>())) {
        reader.forEach(again::add);
      }
    }
    assertThat(again).hasSameSizeAs(goods);
    for (int i = 0; i < goods.size(); i++) {
      for (Schema.Field field : GOODS.getFields()) {
        Schema.Field there = again.get(i).getSchema().getField(field.name());
        assertThat(there.schema()).as(field.name()).isEqualTo(field.schema());
        assertThat(plain(again.get(i).get(field.name())))
            .as("%s of row %d", field.name(), i)
            .isEqualTo(plain(goods.get(i).get(field.name())));
      }
      boolean noText = goods.get(i).get("title") == null;
      for (String vectors : List.of("v1", "v2")) {
        List<?> vector = (List<?>) again.get(i).get(vectors);
        if (noText) {
          assertThat(vector).isNull();
        } else {
          assertThat(vector).hasSize(384);
        }
      }
    }
    JsonNode first = BackfillRuns.json(folder.resolve("out-v4")).get(1);
    assertThat(first.get("price").decimalValue()).isEqualByComparingTo("1.01");
    assertThat(first.get("since").textValue()).isEqualTo("2024-02-29T12:00:00.000001Z");
    assertThat(first.get("local").textValue()).isEqualTo("1970-01-01T00:00:00.001");
    assertThat(first.get("day").textValue()).isEqualTo("1970-01-02");
    assertThat(first.get("opens").textValue()).isEqualTo("00:00:01");
    assertThat(first.get("kind").textValue()).isEqualTo("LAMP");
    assertThat(first.get("tags").toString()).isEqualTo("[\"a\",null]");
    assertThat(first.get("sizes").get("w").doubleValue()).isEqualTo(1.5);
    assertThat(first.get("maker").get("name").textValue()).isEqualTo("maker 1");
    assertThat(first.get("raw").binaryValue()).isEqualTo(new byte[] {1, 0});
    for (String vectors : List.of("v2", "v3", "v4")) {
      assertThat(first.get(vectors)).isEqualTo(first.get("v1"));
    }
    List<DeadLetter> letters = BackfillRuns.letters(folder.resolve("out-v4-dead-letters"));
    assertThat(letters).hasSize(4);
    assertThat(letters.get(0).getCategory()).isEqualTo("INVALID");
    assertThat(letters.get(0).getPosition()).isEqualTo(4);
    assertThat(letters.get(0).getSource()).endsWith("out-v3/part-00000-00000.parquet");
    String payload = StandardCharsets.UTF_8.decode(letters.get(0).getPayload()).toString();
    assertThat(new JsonMapper().readTree(payload).get("id").intValue()).isEqualTo(3);
  }

  private void embed(BackfillRuns runs, Path input, String format, String vectors) {
    runs.succeed(
        "--input=" + input,
        "--text-column=title",
        "--output=" + folder.resolve("out-" + vectors),
        "--output-format=" + format,
        "--vector-column=" + vectors,
        "--rows-per-file=8",
        "--parallelism=1");
  }

  private static List<GenericRecord> goods() {
    List<GenericRecord> goods = new ArrayList<>();
    Conversions.DecimalConversion decimals = new Conversions.DecimalConversion();
    for (int i = 0; i < 20; i++) {
      Schema weight = GOODS.getField("weight").schema().getTypes().get(1);
      Schema maker = GOODS.getField("maker").schema().getTypes().get(1);
      Map<String, Double> sizes = new LinkedHashMap<>();
      sizes.put("w", i * 1.5);
      goods.add(
          new GenericRecordBuilder(GOODS)
              .set("id", (long) i)
              .set("title", i % 5 == 3 ? null : "mug " + i)
              .set(
                  "price",
                  decimals.toBytes(
                      new BigDecimal(i + ".01").multiply(BigDecimal.valueOf(i % 2 == 0 ? -1 : 1)),
                      GOODS.getField("price").schema(),
                      LogicalTypes.decimal(12, 2)))
              .set(
                  "weight",
                  i % 3 == 0
                      ? null
                      : decimals.toFixed(
                          new BigDecimal("-" + i + ".1234"), weight, LogicalTypes.decimal(18, 4)))
              .set("since", 1_709_208_000_000_000L + i)
              .set("local", (long) i)
              .set("day", i)
              .set("opens", i * 1_000)
              .set(
                  "kind",
                  new GenericData.EnumSymbol(
                      GOODS.getField("kind").schema(), i % 2 == 0 ? "MUG" : "LAMP"))
              .set("tags", i == 2 ? List.of() : java.util.Arrays.asList("a", null))
              .set("sizes", i == 4 ? Map.of() : sizes)
              .set(
                  "maker",
                  i % 4 == 0
                      ? null
                      : new GenericRecordBuilder(maker)
                          .set("name", "maker " + i)
                          .set("founded", i % 2 == 0 ? null : i)
                          .build())
              .set("stock", i / 3f)
              .set("gone", i % 2 == 0)
              .set(
                  "code",
                  new GenericData.Fixed(
                      GOODS.getField("code").schema(), new byte[] {1, (byte) i, -1}))
              .set("raw", ByteBuffer.wrap(new byte[] {(byte) i, 0}))
              .build());
    }
    return goods;
  }

  private Path write(List<GenericRecord> goods) throws IOException {
    Path file = folder.resolve("goods.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(GOODS))) {
      writer.create(GOODS, file.toFile());
      for (GenericRecord record : goods) {
        writer.append(record);
      }
    }
    return file;
  }

  /** Avro's texts come in two classes. */
  private static String plain(Object value) {
    return String.valueOf(value);
  }

  @Test
  void aFieldOfJsonHasTheTypeThatAllItsValuesHave() throws IOException {
    Path file = folder.resolve("rows.jsonl");
    Files.writeString(
        file,
        """
        {"id": 1, "text": "red mug", "n": 1, "mixed": "a", "deep": {"x": [1, 2.5]}, "big": 1}

        {"id": 2, "text": "blue mug", "n": 2.5, "mixed": 7, "late": true, "big": 123456789012345678901}
        no json
        {"id": 3, "text": null, "deep": null, "exact": 0.12345678901234567890}
        """);
    BackfillRuns runs = new BackfillRuns();
    Path output = folder.resolve("out");
    runs.succeed(
        "--input=" + file,
        "--text={text} {{{id}}}",
        "--output=" + output,
        "--output-format=jsonl",
        "--columns=mixed,n,deep,late,big,exact");
    List<JsonNode> rows = BackfillRuns.json(output);
    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).get("n").toString()).isEqualTo("1.0");
    assertThat(rows.get(0).get("deep").toString()).isEqualTo("{\"x\":[1.0,2.5]}");
    assertThat(rows.get(0).get("mixed").textValue()).isEqualTo("a");
    assertThat(rows.get(1).get("mixed").textValue()).isEqualTo("7");
    assertThat(rows.get(1).get("big").textValue()).isEqualTo("123456789012345678901");
    assertThat(rows.get(2).get("exact").textValue()).isEqualTo("0.12345678901234567890");
    assertThat(rows.get(1).get("late").booleanValue()).isTrue();
    assertThat(rows.get(0).get("late").isNull()).isTrue();
    assertThat(rows.get(2).get("embedding").size()).isEqualTo(384);
    assertThat(rows.get(2).has("id")).isFalse();
    assertThat(runs.said()).contains("The field 'mixed' holds values of different types");
    List<DeadLetter> letters = BackfillRuns.letters(folder.resolve("out-dead-letters"));
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).getPosition()).isEqualTo(4);
    assertThat(StandardCharsets.UTF_8.decode(letters.get(0).getPayload()).toString())
        .isEqualTo("no json");
  }
}
