package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(ArrowMemory.class)
class RecordLayoutTest {

  private static final RecordLayout<Recommendation> FEEDS = RecordLayout.of(Recommendation.class);
  private static final RecordLayout<DeadLetter> LETTERS = RecordLayout.of(DeadLetter.class);

  private static final Recommendation FEED =
      new Recommendation(
          "u",
          Instant.ofEpochMilli(-1),
          "minilm",
          "digest",
          List.of(
              new RecommendedItem("a", 0.5f, Reason.BUY_AGAIN, null),
              new RecommendedItem("b", 0.25f, Reason.SIMILAR, "a")));

  @Test
  void everyTypeHasItsColumn() {
    String place =
        "Struct<name: Utf8, weights: List<item: FloatingPoint(SINGLE) not null> not null, since:"
            + " Timestamp(MILLISECOND, UTC) not null>";
    assertThat(
            RecordLayout.of(EveryType.class).arrowSchema().getFields().stream()
                .map(Field::toString))
        .containsExactly(
            "a_string: Utf8 not null",
            "a_bytes: Binary not null",
            "an_int: Int(32, true) not null",
            "a_long: Int(64, true) not null",
            "a_float: FloatingPoint(SINGLE) not null",
            "a_double: FloatingPoint(DOUBLE) not null",
            "a_boolean: Bool not null",
            "an_enum: Utf8 not null",
            "a_time: Timestamp(MILLISECOND, UTC) not null",
            "a_record: " + place + " not null",
            "strings: List<item: Utf8 not null> not null",
            "longs: List<item: Int(64, true)> not null",
            "places: List<item: " + place + " not null> not null",
            "colours: List<item: List<item: Utf8 not null> not null> not null",
            "maybe_string: Utf8",
            "maybe_bytes: Binary",
            "maybe_int: Int(32, true)",
            "maybe_long: Int(64, true)",
            "maybe_float: FloatingPoint(SINGLE)",
            "maybe_double: FloatingPoint(DOUBLE)",
            "maybe_boolean: Bool",
            "maybe_enum: Utf8",
            "maybe_time: Timestamp(MILLISECOND, UTC)",
            "maybe_record: " + place,
            "default_record: " + place + " not null",
            "maybe_places: List<item: " + place + ">");
  }

  @Test
  void namesAndDocumentationAreMetadata() {
    org.apache.arrow.vector.types.pojo.Schema schema =
        RecordLayout.of(EveryType.class).arrowSchema();
    assertThat(schema.getCustomMetadata())
        .isEqualTo(
            Map.of(
                "avro.name",
                "dev.millrace.schemas.EveryType",
                "doc",
                "A field of every type that has a layout."));
    assertThat(schema.findField("a_string").getMetadata()).isEqualTo(Map.of("doc", "Documented."));
    assertThat(schema.findField("a_bytes").getMetadata()).isEmpty();
    assertThat(schema.findField("an_enum").getMetadata())
        .isEqualTo(Map.of("avro.name", "dev.millrace.schemas.Colour"));
    Field place = schema.findField("a_record");
    assertThat(place.getMetadata()).isEqualTo(Map.of("avro.name", "dev.millrace.schemas.Place"));
    assertThat(place.getChildren().get(0).getMetadata()).isEqualTo(Map.of("doc", "Its name."));
  }

  @Test
  void theCellsAreWhatArrowReads(BufferAllocator allocator) {
    try (VectorSchemaRoot root = FEEDS.write(List.of(FEED), allocator)) {
      assertThat(root.getVector("user_id").getObject(0)).hasToString("u");
      assertThat(root.getVector("event_time").getObject(0)).isEqualTo(-1L);
      assertThat(((ListVector) root.getVector("items")).getObject(0))
          .hasToString(
              "[{\"item_id\":\"a\",\"score\":0.5,\"reason\":\"BUY_AGAIN\"},"
                  + "{\"item_id\":\"b\",\"score\":0.25,\"reason\":\"SIMILAR\",\"because_of\":\"a\"}]");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type": "map", "values": "long"}                                | map of long
          {"type": "fixed", "name": "Digest", "size": 4}                   | fixed Digest
          "null"                                                           | null
          ["int", "string"]                                                | union of int, string
          ["null", "int", "string"]                                        | union of null, int, string
          ["null", {"type": "map", "values": "long"}]                      | map of long
          {"type": "int", "logicalType": "date"}                           | date
          {"type": "long", "logicalType": "timestamp-micros"}              | timestamp-micros
          {"type": "long", "logicalType": "local-timestamp-millis"}        | local-timestamp-millis
          {"type": "string", "logicalType": "uuid"}                        | uuid
          {"type": "bytes", "logicalType": "decimal", "precision": 4}      | decimal
          """)
  void anythingElseIsRefused(String type, String described) {
    Schema inner = record("{\"name\": \"odd\", \"type\": %s}".formatted(type));
    assertThatThrownBy(() -> RecordLayout.of(inner))
        .isInstanceOf(RecordLayoutException.class)
        .hasMessageStartingWith(
            "Record t.R, field odd: the Avro type " + described + " has no Arrow layout here.")
        .hasMessageContaining("Allowed are string, bytes, int");

    String nested =
        "{\"type\": \"record\", \"name\": \"N\", \"fields\": [{\"name\": \"odd\", \"type\": %s}]}";
    Schema outer =
        record(
            "{\"name\": \"list\", \"type\": {\"type\": \"array\", \"items\": %s}}"
                .formatted(nested.formatted(type)));
    assertThatThrownBy(() -> RecordLayout.of(outer))
        .isInstanceOfSatisfying(
            RecordLayoutException.class,
            e -> {
              assertThat(e.record()).isEqualTo("t.R");
              assertThat(e.field()).isEqualTo("list[].odd");
            });
  }

  @Test
  void aRecordThatContainsItselfIsRefused() {
    Schema list = record("{\"name\": \"next\", \"type\": [\"null\", \"R\"]}");
    assertThatThrownBy(() -> RecordLayout.of(list))
        .hasMessageStartingWith("Record t.R, field next: the record t.R contains itself");
  }

  @Test
  void aTypeThatIsNoRecordIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordLayout.of(Schema.create(Schema.Type.LONG)))
        .withMessageContaining("of type long");
  }

  @Test
  void aNullWhereNoneIsAllowedNamesRowAndFieldAndLeavesNothing(BufferAllocator allocator) {
    RecommendedItem bad = new RecommendedItem(null, 1f, Reason.OTHER, null);
    Recommendation feed = new Recommendation("u", Instant.EPOCH, "m", "d", List.of(bad));
    assertThatThrownBy(() -> FEEDS.write(List.of(FEED, feed), allocator))
        .isInstanceOf(RecordLayoutException.class)
        .hasMessageStartingWith(
            "Row 1: Record dev.millrace.schemas.Recommendation, field items[].item_id: the value is"
                + " null, but the type string has no null.");
    assertThat(allocator.getAllocatedMemory()).isZero();
  }

  @Test
  void aTimeBeyondMillisecondsIsRefused(BufferAllocator allocator) {
    Recommendation feed = new Recommendation("u", Instant.EPOCH, "m", "d", List.of());
    feed.put("event_time", Instant.MAX);
    assertThatThrownBy(() -> FEEDS.write(List.of(feed), allocator))
        .hasMessageContaining("field event_time: the time " + Instant.MAX + " does not fit");
  }

  @Test
  void genericValuesOfTheWrongKindAreRefused(BufferAllocator allocator) {
    Schema schema =
        record(
            "{\"name\": \"n\", \"type\": \"long\"}, {\"name\": \"e\", \"type\":"
                + " {\"type\": \"enum\", \"name\": \"E\", \"symbols\": [\"A\"]}}");
    RecordLayout<GenericRecord> layout = RecordLayout.of(schema);
    GenericRecord record = new GenericData.Record(schema);
    record.put("n", 1);
    record.put("e", "A");
    assertThatThrownBy(() -> layout.write(List.of(record), allocator))
        .hasMessage(
            "Row 0: Record t.R, field n: a value of java.lang.Integer does not fit the type long.");
    record.put("n", 1L);
    record.put("e", "B");
    assertThatThrownBy(() -> layout.write(List.of(record), allocator))
        .hasMessageContaining("field e: the enum E has no symbol \"B\". Allowed are [A].");
    GenericRecord other = new GenericData.Record(record("{\"name\": \"e\", \"type\": \"int\"}"));
    assertThatThrownBy(() -> layout.write(List.of(other), allocator))
        .hasMessageContaining("the value is a record of another schema");
  }

  @Test
  void anAllocatorThatIsTooSmallLeavesNothing(BufferAllocator allocator) {
    Recommendation[] many = new Recommendation[10_000];
    Arrays.fill(many, FEED);
    for (long limit = 0; limit < 1 << 20; limit += 60_000) {
      try (BufferAllocator small = allocator.newChildAllocator("small", 0, limit)) {
        assertThatThrownBy(() -> FEEDS.write(List.of(many), small))
            .isInstanceOf(OutOfMemoryException.class);
      }
    }
  }

  @Test
  void bytesOfAnyBufferAreWrittenAndLeftAsTheyWere(BufferAllocator allocator) {
    byte[] bytes = "-payload-".getBytes(StandardCharsets.UTF_8);
    ByteBuffer direct = ByteBuffer.allocateDirect(9).put(bytes).flip();
    for (ByteBuffer buffer :
        List.of(
            ByteBuffer.wrap(bytes, 1, 7),
            ByteBuffer.wrap(bytes, 1, 7).slice(),
            ByteBuffer.wrap(bytes, 1, 7).slice().asReadOnlyBuffer(),
            direct.duplicate().position(1).limit(8),
            direct.duplicate().position(1).limit(8).slice().asReadOnlyBuffer())) {
      int position = buffer.position();
      DeadLetter letter = letter(buffer);
      try (VectorSchemaRoot root = LETTERS.write(List.of(letter), allocator)) {
        ByteBuffer read = LETTERS.read(root, 0).getPayload();
        assertThat(StandardCharsets.UTF_8.decode(read).toString()).isEqualTo("payload");
        assertThat(buffer.position()).isEqualTo(position);
        assertThat(buffer.remaining()).isEqualTo(7);
      }
    }
  }

  @Test
  void defaultsAreEachRecordsOwn(BufferAllocator allocator) {
    RecordLayout<EveryType> layout = RecordLayout.of(EveryType.class);
    Variants.Variant older =
        Variants.edited(
            "older", layout.avroSchema(), fields -> fields.removeIf(f -> f.hasDefaultValue()));
    GenericRecord record =
        (GenericRecord) new RandomRecords(Wire.generic(), new Random(1)).record(older.schema());
    try (VectorSchemaRoot root =
        RecordLayout.of(older.schema()).write(List.of(record, record), allocator)) {
      List<EveryType> read = List.copyOf(layout.reader(root).rows());
      read.get(0).getStrings().clear();
      assertThat(read.get(0).getMaybeBytes().get()).isEqualTo((byte) 0xff);
      assertThat(read.get(1).getStrings()).containsExactly("one", "two");
      assertThat(read.get(1).getMaybeBytes().remaining()).isEqualTo(2);
      assertThat(layout.read(root, 1)).isEqualTo(read.get(1));
    }
  }

  @Test
  void aRootOfAnotherSchemaIsNotWrittenTo(BufferAllocator allocator) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(LETTERS.arrowSchema(), allocator)) {
      assertThatThrownBy(() -> FEEDS.write(List.of(FEED), root))
          .isInstanceOf(RecordLayoutException.class)
          .hasMessageContaining("Create the root with this layout's schema.");
    }
  }

  @Test
  void afterAFailureTheCallersRootIsEmpty(BufferAllocator allocator) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(LETTERS.arrowSchema(), allocator)) {
      LETTERS.write(List.of(letter(ByteBuffer.allocate(3))), root);
      assertThatThrownBy(() -> LETTERS.write(List.of(letter(null)), root))
          .hasMessageContaining("field payload");
      assertThat(root.getRowCount()).isZero();
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void rowsThatAreNotThere(BufferAllocator allocator) {
    try (VectorSchemaRoot root = FEEDS.write(List.of(FEED), allocator)) {
      RecordReader<Recommendation> reader = FEEDS.reader(root);
      assertThat(reader.rowCount()).isEqualTo(1);
      assertThatThrownBy(() -> reader.read(1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> reader.read(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private static DeadLetter letter(@Nullable ByteBuffer payload) {
    return new DeadLetter("r", "INVALID", 0, null, null, null, payload, Instant.EPOCH);
  }

  static Schema record(String fields) {
    return new Schema.Parser()
        .parse(
            "{\"type\": \"record\", \"name\": \"R\", \"namespace\": \"t\", \"fields\": [%s]}"
                .formatted(fields));
  }
}
